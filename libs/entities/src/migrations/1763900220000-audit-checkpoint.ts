import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where each tenant's audit chain begins once its oldest entries are pruned. */
export class AuditCheckpoint1763900220000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE audit_checkpoint (
        tenant_id  text PRIMARY KEY,
        seq        bigint NOT NULL,
        hash       bytea NOT NULL,
        signature  bytea NOT NULL,
        created_at timestamptz NOT NULL
      );
      COMMENT ON COLUMN audit_checkpoint.signature IS 'HMAC-SHA-256 over tenant, seq and hash under the data key "audit-checkpoint"';
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE audit_checkpoint');
  }
}
