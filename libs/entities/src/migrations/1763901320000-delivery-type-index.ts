import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A page of one event type, of all statuses or of one, without a walk through the webhook's other deliveries. */
export class DeliveryTypeIndex1763901320000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'CREATE INDEX webhook_delivery_type ON webhook_delivery (webhook_id, event_type, status, id DESC)',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX webhook_delivery_type');
  }
}
