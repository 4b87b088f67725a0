import type { MigrationInterface, QueryRunner } from 'typeorm';

const asPartition = `
  EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', name, parent, first, last);`;

/** Attaching locks out neither readers nor writers of the parent, as creating a partition of it does. */
const attached = `
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', name, parent);
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, name, first, last);`;

/** The next day is made beside the traffic. */
export class AttachedPartitions1763901410000 implements MigrationInterface {
  up(queryRunner: QueryRunner): Promise<void> {
    return define(queryRunner, attached);
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return define(queryRunner, asPartition);
  }
}

async function define(queryRunner: QueryRunner, creation: string): Promise<void> {
  await queryRunner.query(`
    CREATE OR REPLACE FUNCTION create_day_partition(parent text, day date) RETURNS void LANGUAGE plpgsql
      SECURITY DEFINER SET search_path = public, pg_temp AS $$
      DECLARE
        name text := parent || '_' || to_char(day, 'YYYYMMDD');
        first uuid := uuid_v7_floor(day::timestamp AT TIME ZONE 'UTC');
        last uuid := uuid_v7_floor((day + 1)::timestamp AT TIME ZONE 'UTC');
      BEGIN
        IF to_regclass(name) IS NOT NULL THEN RETURN; END IF;
        PERFORM pg_advisory_xact_lock(hashtext('create_day_partition'));
        IF to_regclass(name) IS NOT NULL THEN RETURN; END IF;
        ${creation}
      END $$;
  `);
}
