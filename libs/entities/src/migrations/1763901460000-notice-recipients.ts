import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Each recipient of a notice is told once, whatever becomes of the others. */
export class NoticeRecipients1763901460000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE webhook_notice_mail ADD COLUMN done text[] NOT NULL DEFAULT '{}';
      COMMENT ON COLUMN webhook_notice_mail.done IS 'addresses that were told or refused for good: they are not tried again';
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE webhook_notice_mail DROP COLUMN done');
  }
}
