import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A webhook's failing streak, and one `v1a` key a tenant that is current. */
export class WebhookHealth1763900420000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE webhook
        ADD COLUMN failed_deliveries integer NOT NULL DEFAULT 0,
        ADD COLUMN last_failure_at timestamptz;
      COMMENT ON COLUMN webhook.failed_deliveries IS 'distinct deliveries that failed since failing_since';
      COMMENT ON COLUMN webhook.failing_notices IS 'hours of the last webhook.failing notice of the streak; 0: none';
      -- Of one event: the filter event_id, replays that must not double, recoveries that leave out what arrived.
      CREATE INDEX webhook_delivery_event ON webhook_delivery (event_id, webhook_id);
      CREATE UNIQUE INDEX tenant_webhook_key_current ON tenant_webhook_key (tenant_id) WHERE expires_at IS NULL;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP INDEX tenant_webhook_key_current, webhook_delivery_event;
      ALTER TABLE webhook DROP COLUMN failed_deliveries, DROP COLUMN last_failure_at;
    `);
  }
}
