import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tokens issued per app and hour or day, where governance sets a quota. */
export class TokenQuota1763900310000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE token_quota (
        app_id    text NOT NULL,
        period    text NOT NULL CHECK (period IN ('hour', 'day')),
        starts_at timestamptz NOT NULL,
        count     bigint NOT NULL,
        PRIMARY KEY (app_id, period, starts_at)
      );
      CREATE INDEX token_quota_start ON token_quota (starts_at);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE token_quota');
  }
}
