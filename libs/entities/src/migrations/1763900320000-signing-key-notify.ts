import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tells every instance when a signing key changed. */
export class SigningKeyNotify1763900320000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE FUNCTION signing_key_notify() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM pg_notify('signing_key', '');
          RETURN NULL;
        END $$;
      CREATE TRIGGER signing_key_notify AFTER INSERT OR UPDATE ON signing_key
        FOR EACH STATEMENT EXECUTE FUNCTION signing_key_notify();
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TRIGGER signing_key_notify ON signing_key;
      DROP FUNCTION signing_key_notify;
    `);
  }
}
