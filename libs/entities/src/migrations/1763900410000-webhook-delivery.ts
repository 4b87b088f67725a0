import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What delivery needs beside the model: wake-ups, approval, health, notices, recovery, quotas. */
export class WebhookDelivery1763900410000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- Whoever publishes wakes the relay at commit, whichever process that is.
      CREATE FUNCTION event_outbox_notify() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM pg_notify('event_outbox', '');
          RETURN NULL;
        END $$;
      CREATE TRIGGER event_outbox_notify AFTER INSERT ON event_outbox
        FOR EACH STATEMENT EXECUTE FUNCTION event_outbox_notify();

      -- allowed_events of tenant and app only narrow; types that are not approved automatically need a row.
      CREATE FUNCTION event_approved(the_app text, the_tenant text, app_policy jsonb, tenant_policy jsonb, the_type text)
        RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT EXISTS (
          SELECT FROM event_type t
          WHERE t.name = the_type
            AND (t.published_to IS NULL OR the_tenant = ANY (t.published_to))
            AND (coalesce(jsonb_typeof(app_policy -> 'allowed_events'), 'null') = 'null'
              OR app_policy -> 'allowed_events' ? the_type)
            AND (coalesce(jsonb_typeof(tenant_policy -> 'allowed_events'), 'null') = 'null'
              OR tenant_policy -> 'allowed_events' ? the_type)
            AND ((t.approval = 'auto' AND t.sensitivity = 'normal')
              OR EXISTS (SELECT FROM app_event_approval a WHERE a.app_id = the_app AND a.event_type = the_type)))
      $$;

      ALTER TABLE webhook
        ADD COLUMN slow boolean NOT NULL DEFAULT false,
        ADD COLUMN failing_notices smallint NOT NULL DEFAULT 0;
      COMMENT ON COLUMN webhook.slow IS 'its lane runs in wh.lane.slow';
      COMMENT ON COLUMN webhook.failing_notices IS 'webhook.failing notices sent since failing_since';

      -- First attempts and retries are claimed from both ends of one index, in their own order.
      DROP INDEX webhook_pending_lane;
      CREATE INDEX webhook_pending_lane ON webhook_pending (webhook_id, (attempt > 0), due_at);
      CREATE INDEX webhook_pending_lease ON webhook_pending (lease_until) WHERE lease IS NOT NULL;
      CREATE INDEX webhook_pending_tenant ON webhook_pending (tenant_id);

      CREATE TABLE webhook_tenant_load (
        tenant_id   text PRIMARY KEY REFERENCES tenant,
        pending     bigint NOT NULL,
        measured_at timestamptz NOT NULL,
        warned_at   timestamptz
      );
      COMMENT ON TABLE webhook_tenant_load IS 'pending deliveries by tenant, counted by maintenance: nothing counts on the hot path';

      CREATE TABLE webhook_recovery (
        id          uuid PRIMARY KEY,
        webhook_id  uuid NOT NULL REFERENCES webhook,
        tenant_id   text NOT NULL,
        since       timestamptz NOT NULL,
        until       timestamptz NOT NULL,
        statuses    smallint[] NOT NULL,
        status      text NOT NULL CHECK (status IN ('running', 'finished', 'canceled')),
        position    uuid,
        matched     bigint NOT NULL DEFAULT 0,
        enqueued    bigint NOT NULL DEFAULT 0,
        created_at  timestamptz NOT NULL,
        finished_at timestamptz
      );
      COMMENT ON COLUMN webhook_recovery.position IS 'the last delivery looked at: where a crash resumes';
      CREATE UNIQUE INDEX webhook_recovery_one ON webhook_recovery (webhook_id) WHERE status = 'running';

      INSERT INTO event_type (name, description_en, description_de, sensitivity, approval) VALUES
        ('webhook.failing', 'A webhook has been failing for a day', 'Ein Webhook schlägt seit einem Tag fehl', 'normal', 'auto'),
        ('webhook.disabled', 'A webhook was disabled', 'Ein Webhook wurde abgeschaltet', 'normal', 'auto'),
        ('webhook.backlog', 'The tenant has many undelivered events', 'Beim Mandanten stauen sich Zustellungen', 'normal', 'auto');
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DELETE FROM event_type WHERE name IN ('webhook.failing', 'webhook.disabled', 'webhook.backlog');
      DROP TABLE webhook_recovery, webhook_tenant_load;
      DROP INDEX webhook_pending_lane, webhook_pending_lease, webhook_pending_tenant;
      CREATE INDEX webhook_pending_lane ON webhook_pending (webhook_id, due_at);
      ALTER TABLE webhook DROP COLUMN slow, DROP COLUMN failing_notices;
      DROP FUNCTION event_approved;
      DROP TRIGGER event_outbox_notify ON event_outbox;
      DROP FUNCTION event_outbox_notify;
    `);
  }
}
