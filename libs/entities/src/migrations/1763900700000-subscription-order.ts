import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A webhook's event types are shown in the order in which they were sent. */
export class SubscriptionOrder1763900700000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE webhook_event_sub ADD COLUMN position smallint NOT NULL DEFAULT 0',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE webhook_event_sub DROP COLUMN position');
  }
}
