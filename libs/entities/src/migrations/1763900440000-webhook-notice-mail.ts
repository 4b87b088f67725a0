import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Mail about webhooks, written with what it tells of and sent after the commit. */
export class WebhookNoticeMail1763900440000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE webhook_notice_mail (
        id         uuid PRIMARY KEY,
        tenant_id  text NOT NULL REFERENCES tenant,
        app_id     text REFERENCES platform_app,
        subject    text NOT NULL,
        body       text NOT NULL,
        created_at timestamptz NOT NULL,
        due_at     timestamptz NOT NULL
      );
      CREATE INDEX webhook_notice_mail_due ON webhook_notice_mail (due_at);
      COMMENT ON COLUMN webhook_notice_mail.app_id IS 'whose contacts get it; null: the administrators of the tenant';
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE webhook_notice_mail');
  }
}
