import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the application role does at run time although the tables are another role's (DATABASE_MIGRATION_URL).
 * The functions run as their owner, so each does one narrow thing, on a search path that the caller cannot choose.
 */
export class TwoRoles1763900600000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER FUNCTION create_day_partition(text, date) SECURITY DEFINER SET search_path = public, pg_temp;

      CREATE FUNCTION drop_day_partition(name text) RETURNS void LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
          IF NOT EXISTS (
            SELECT FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid JOIN pg_class p ON p.oid = i.inhparent
            WHERE c.relnamespace = 'public'::regnamespace AND c.relname = name
              AND p.relkind = 'p' AND c.relname ~ ('^' || p.relname || '_\\d{8}$')
          ) THEN RAISE EXCEPTION '% is no partition of a day', name; END IF;
          EXECUTE format('DROP TABLE public.%I', name);
        END $$;
      COMMENT ON FUNCTION drop_day_partition IS 'drops what create_day_partition made, and nothing else';

      CREATE FUNCTION prune_audit_log(the_tenant text) RETURNS bigint LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
          up_to bigint;
          removed bigint;
        BEGIN
          SELECT seq INTO up_to FROM audit_checkpoint WHERE tenant_id = the_tenant;
          IF EXISTS (SELECT FROM audit_log WHERE tenant_id = the_tenant AND seq <= up_to AND at >= now() - interval '400 days')
          THEN RAISE EXCEPTION 'the audit log is append-only: entries are kept for 400 days'; END IF;
          PERFORM set_config('knogin.audit_prune', 'on', true);
          DELETE FROM audit_log WHERE tenant_id = the_tenant AND seq <= up_to;
          GET DIAGNOSTICS removed = ROW_COUNT;
          PERFORM set_config('knogin.audit_prune', '', true);
          RETURN removed;
        END $$;
      COMMENT ON FUNCTION prune_audit_log IS 'removes what the tenant''s checkpoint covers; refuses where an entry is younger than 400 days by the clock of the database';

      REVOKE EXECUTE ON FUNCTION create_day_partition, drop_day_partition, prune_audit_log FROM PUBLIC;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      GRANT EXECUTE ON FUNCTION create_day_partition TO PUBLIC;
      DROP FUNCTION prune_audit_log, drop_day_partition;
      ALTER FUNCTION create_day_partition(text, date) SECURITY INVOKER RESET search_path;
    `);
  }
}
