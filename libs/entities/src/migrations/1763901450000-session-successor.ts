import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which session a login has put in place of one, so that a form that is sent twice is one login. */
export class SessionSuccessor1763901450000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE user_session ADD COLUMN successor_id text, ADD COLUMN successor_seed bytea;
      COMMENT ON COLUMN user_session.successor_id IS 'the session of the login from here; this one is nobody''s by then, and over soon';
      COMMENT ON COLUMN user_session.successor_seed IS 'makes the successor''s cookie out of this one''s';
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE user_session DROP COLUMN successor_id, DROP COLUMN successor_seed',
    );
  }
}
