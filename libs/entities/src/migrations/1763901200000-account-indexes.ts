import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a login, the end of a session and housekeeping look rows up by, without reading the whole table. */
export class AccountIndexes1763901200000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE INDEX authorization_request_session ON authorization_request (session_id);
      CREATE INDEX one_time_link_user ON one_time_link (user_id);
      CREATE INDEX authorization_code_grant ON authorization_code (grant_id);
      CREATE INDEX refresh_token_sealed ON refresh_token (replaced_at) WHERE successor_sealed IS NOT NULL;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'DROP INDEX authorization_request_session, one_time_link_user, authorization_code_grant, refresh_token_sealed',
    );
  }
}
