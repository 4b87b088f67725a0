import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The app an authorization request is for, so that the login page can name it. */
export class AuthorizationRequestApp1763900340000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // Requests live for minutes: whoever is in the middle of one begins again.
    await queryRunner.query('DELETE FROM authorization_request');
    await queryRunner.query(
      'ALTER TABLE authorization_request ADD COLUMN app_id text NOT NULL REFERENCES platform_app',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE authorization_request DROP COLUMN app_id');
  }
}
