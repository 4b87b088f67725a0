import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The relay takes from every tenant in turn. */
export class OutboxFairness1763900430000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE INDEX event_outbox_tenant ON event_outbox (tenant_id, id)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX event_outbox_tenant');
  }
}
