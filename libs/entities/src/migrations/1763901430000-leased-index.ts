import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is under way of a webhook, without a walk through its backlog. */
export class LeasedIndex1763901430000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'CREATE INDEX webhook_pending_leased ON webhook_pending (webhook_id) WHERE lease IS NOT NULL',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX webhook_pending_leased');
  }
}
