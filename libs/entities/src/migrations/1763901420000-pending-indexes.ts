import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Every delivery pays for an index of the pending ones twice, when it comes and when it is leased. By due time only
 * tests are looked for; and what is counted by tenant, once a minute, is all of it.
 */
export class PendingIndexes1763901420000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE INDEX webhook_pending_test ON webhook_pending (delivery_id) WHERE due_at = 'infinity';
      DROP INDEX webhook_pending_due, webhook_pending_tenant;
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE INDEX webhook_pending_due ON webhook_pending (due_at);
      CREATE INDEX webhook_pending_tenant ON webhook_pending (tenant_id);
      DROP INDEX webhook_pending_test;
    `);
  }
}
