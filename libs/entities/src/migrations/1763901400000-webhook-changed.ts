import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whoever changes a webhook, or suspends its app or tenant, stops what is leased and not yet sent. */
export class WebhookChanged1763901400000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      -- The webhook's id, or nothing where any may be meant.
      CREATE FUNCTION webhook_changed_notify() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM pg_notify('webhook_changed', CASE TG_TABLE_NAME WHEN 'webhook' THEN NEW.id::text ELSE '' END);
          RETURN NULL;
        END $$;
      CREATE TRIGGER webhook_changed AFTER UPDATE ON webhook
        FOR EACH ROW WHEN (OLD.version <> NEW.version) EXECUTE FUNCTION webhook_changed_notify();
      CREATE TRIGGER webhook_changed AFTER UPDATE OF status ON platform_app
        FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION webhook_changed_notify();
      CREATE TRIGGER webhook_changed AFTER UPDATE OF status ON tenant
        FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION webhook_changed_notify();
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TRIGGER webhook_changed ON tenant;
      DROP TRIGGER webhook_changed ON platform_app;
      DROP TRIGGER webhook_changed ON webhook;
      DROP FUNCTION webhook_changed_notify;
    `);
  }
}
