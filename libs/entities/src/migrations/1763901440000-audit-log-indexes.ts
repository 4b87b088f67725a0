import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A page of one target or of one action, without a walk through the tenant's other entries. */
export class AuditLogIndexes1763901440000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE INDEX audit_log_target ON audit_log (tenant_id, target_id, seq);
      CREATE INDEX audit_log_action ON audit_log (tenant_id, action, seq);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX audit_log_action, audit_log_target');
  }
}
