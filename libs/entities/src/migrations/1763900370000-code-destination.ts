import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where a code went, also where the request named no redirect URI: it ends with the registration of that URI. */
export class CodeDestination1763900370000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE authorization_code ADD COLUMN sent_to text');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE authorization_code DROP COLUMN sent_to');
  }
}
