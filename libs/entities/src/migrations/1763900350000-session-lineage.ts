import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which sessions a session goes on with, so that signing out of it ends the tokens of all of them. */
export class SessionLineage1763900350000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE user_session ADD COLUMN earlier_ids text[] NOT NULL DEFAULT '{}';
      COMMENT ON COLUMN user_session.earlier_ids IS 'its ids before the user signed in again, as sid claims of tokens name them';
      CREATE INDEX oauth_grant_session ON oauth_grant (session_id) WHERE revoked_at IS NULL;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'DROP INDEX oauth_grant_session; ALTER TABLE user_session DROP COLUMN earlier_ids',
    );
  }
}
