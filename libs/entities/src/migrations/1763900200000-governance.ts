import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Limits of tenants, and what the policy feed of the resource servers reads. */
export class Governance1763900200000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE tenant ADD COLUMN app_limit integer CHECK (app_limit >= 0);
      COMMENT ON COLUMN tenant.app_limit IS 'how many apps the tenant may have; null: no limit';

      -- The few apps whose governance is felt at every use of their tokens.
      CREATE INDEX platform_app_api_policy ON platform_app (id)
        WHERE deleted_at IS NULL AND governance ?| ARRAY['allowed_cidrs', 'rate_limit_rps'];
      CREATE INDEX tenant_api_policy ON tenant (id) WHERE governance ?| ARRAY['allowed_cidrs', 'rate_limit_rps'];

      CREATE FUNCTION api_policy_notify() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM pg_notify('api_policy', '');
          RETURN NULL;
        END $$;
      CREATE TRIGGER platform_app_api_policy AFTER UPDATE OF governance ON platform_app
        FOR EACH ROW WHEN (OLD.governance IS DISTINCT FROM NEW.governance) EXECUTE FUNCTION api_policy_notify();
      CREATE TRIGGER tenant_api_policy AFTER UPDATE OF governance ON tenant
        FOR EACH ROW WHEN (OLD.governance IS DISTINCT FROM NEW.governance) EXECUTE FUNCTION api_policy_notify();
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TRIGGER tenant_api_policy ON tenant;
      DROP TRIGGER platform_app_api_policy ON platform_app;
      DROP FUNCTION api_policy_notify;
      DROP INDEX tenant_api_policy, platform_app_api_policy;
      ALTER TABLE tenant DROP COLUMN app_limit;
    `);
  }
}
