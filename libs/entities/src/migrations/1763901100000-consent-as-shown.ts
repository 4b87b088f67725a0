import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a user has read and agreed to themself: in one request, and to an app for good. And the nonce of a code. */
export class ConsentAsShown1763901100000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE authorization_request ADD COLUMN consented_scopes text[];
      COMMENT ON COLUMN authorization_request.consented_scopes IS 'what the consent page showed when the user agreed';

      ALTER TABLE user_consent ADD COLUMN own_scopes text[] NOT NULL DEFAULT '{}';
      COMMENT ON COLUMN user_consent.own_scopes IS 'what the user agreed to on our page; scopes holds what an administrator granted as well';

      ALTER TABLE authorization_code ADD COLUMN nonce text;
      COMMENT ON COLUMN authorization_code.nonce IS 'as sent to /authorize, for the ID tokens to come (ADR 19)';
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE authorization_code DROP COLUMN nonce;
      ALTER TABLE user_consent DROP COLUMN own_scopes;
      ALTER TABLE authorization_request DROP COLUMN consented_scopes;
    `);
  }
}
