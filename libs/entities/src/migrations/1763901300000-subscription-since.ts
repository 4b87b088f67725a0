import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A webhook gets of an event type what is published after it subscribed to it. */
export class SubscriptionSince1763901300000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `ALTER TABLE webhook_event_sub ADD COLUMN since timestamptz NOT NULL DEFAULT '-infinity'`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE webhook_event_sub DROP COLUMN since');
  }
}
