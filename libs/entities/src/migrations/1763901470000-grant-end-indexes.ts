import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Grants that are over, without a walk through the others. None by `last_used_at`: every refresh would pay for it. */
export class GrantEndIndexes1763901470000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE INDEX oauth_grant_revoked ON oauth_grant (revoked_at) WHERE revoked_at IS NOT NULL;
      CREATE INDEX oauth_grant_created ON oauth_grant (created_at);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX oauth_grant_created, oauth_grant_revoked');
  }
}
