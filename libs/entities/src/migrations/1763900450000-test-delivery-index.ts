import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A page of a webhook's test deliveries, without a walk through all the others. */
export class TestDeliveryIndex1763900450000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'CREATE INDEX webhook_delivery_test ON webhook_delivery (webhook_id, id DESC) WHERE is_test',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX webhook_delivery_test');
  }
}
