import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is told of client secrets, once each, and the way from a leaked secret to its row. */
export class SecretNotices1763900230000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE secret_notice (
        secret_id  text NOT NULL REFERENCES client_secret,
        kind       text NOT NULL CHECK (kind IN ('expiring_30d', 'expiring_7d', 'expiring_1d', 'old_still_used')),
        noticed_at timestamptz NOT NULL,
        PRIMARY KEY (secret_id, kind)
      );
      CREATE INDEX client_secret_overlapping ON client_secret (app_id) WHERE revoked_at IS NULL AND expires_at IS NOT NULL;
      CREATE INDEX client_secret_digest ON client_secret (digest) WHERE revoked_at IS NULL;
      CREATE INDEX platform_app_secret_age ON platform_app (id)
        WHERE deleted_at IS NULL AND governance ? 'secret_max_age_days';
      CREATE INDEX tenant_secret_age ON tenant (id) WHERE governance ? 'secret_max_age_days';

      INSERT INTO event_type (name, description_en, description_de, sensitivity, approval) VALUES
        ('app.secret.rotated', 'A client secret was rotated', 'Ein Client-Secret wurde rotiert', 'normal', 'auto'),
        ('app.secret.expiring', 'A client secret will expire soon', 'Ein Client-Secret läuft bald ab', 'normal', 'auto'),
        ('app.secret.old_still_used', 'A rotated client secret is still used and will stop working',
         'Ein rotiertes Client-Secret wird noch benutzt und bald ungültig', 'normal', 'auto'),
        ('app.secret.leaked', 'A client secret was found in public and revoked',
         'Ein Client-Secret wurde öffentlich gefunden und widerrufen', 'normal', 'auto');
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DELETE FROM event_type WHERE name LIKE 'app.secret.%';
      DROP INDEX tenant_secret_age, platform_app_secret_age, client_secret_digest, client_secret_overlapping;
      DROP TABLE secret_notice;
    `);
  }
}
