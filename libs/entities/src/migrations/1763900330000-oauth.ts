import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sessions, grants, codes, refresh tokens, consent, one-time links, client assertions, resource servers. */
export class OAuth1763900330000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE user_session (
        id           text PRIMARY KEY,
        digest       bytea NOT NULL UNIQUE,
        tenant_id    text REFERENCES tenant,
        user_id      text REFERENCES user_account,
        auth_time    timestamptz,
        ip           text NOT NULL,
        user_agent   text NOT NULL,
        created_at   timestamptz NOT NULL,
        last_seen_at timestamptz NOT NULL,
        expires_at   timestamptz NOT NULL,
        CHECK ((user_id IS NULL) = (tenant_id IS NULL) AND (user_id IS NULL) = (auth_time IS NULL))
      );
      COMMENT ON COLUMN user_session.digest IS 'SHA-256 of the cookie; user_id null: before the login';
      CREATE INDEX user_session_user ON user_session (user_id, created_at DESC);
      CREATE INDEX user_session_expiry ON user_session (expires_at);

      CREATE TABLE authorization_request (
        digest     bytea PRIMARY KEY,
        session_id text NOT NULL REFERENCES user_session ON DELETE CASCADE,
        query      text NOT NULL,
        login_at   timestamptz,
        consented  boolean NOT NULL DEFAULT false,
        denied     boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
      );
      COMMENT ON TABLE authorization_request IS 'what /v1/oauth/authorize goes on with after login and consent';
      CREATE INDEX authorization_request_expiry ON authorization_request (expires_at);

      CREATE TABLE user_consent (
        user_id    text NOT NULL REFERENCES user_account,
        app_id     text NOT NULL REFERENCES platform_app,
        tenant_id  text NOT NULL REFERENCES tenant,
        scopes     text[] NOT NULL,
        updated_at timestamptz NOT NULL,
        PRIMARY KEY (user_id, app_id)
      );

      CREATE TABLE oauth_grant (
        id            text PRIMARY KEY,
        tenant_id     text NOT NULL REFERENCES tenant,
        user_id       text NOT NULL REFERENCES user_account,
        app_id        text NOT NULL REFERENCES platform_app,
        session_id    text NOT NULL,
        scopes        text[] NOT NULL,
        resources     text[],
        auth_time     timestamptz NOT NULL,
        created_at    timestamptz NOT NULL,
        last_used_at  timestamptz NOT NULL,
        revoked_at    timestamptz
      );
      COMMENT ON TABLE oauth_grant IS 'one authorization by a user: a code and the family of refresh tokens that came of it';
      CREATE INDEX oauth_grant_user ON oauth_grant (user_id, app_id) WHERE revoked_at IS NULL;

      CREATE TABLE authorization_code (
        digest         bytea PRIMARY KEY,
        grant_id       text NOT NULL REFERENCES oauth_grant,
        app_id         text NOT NULL,
        redirect_uri   text,
        code_challenge text,
        expires_at     timestamptz NOT NULL,
        used_at        timestamptz
      );
      COMMENT ON COLUMN authorization_code.redirect_uri IS 'as sent to /authorize; null where it was omitted';
      CREATE INDEX authorization_code_expiry ON authorization_code (expires_at);

      CREATE TABLE refresh_token (
        digest           bytea PRIMARY KEY,
        grant_id         text NOT NULL REFERENCES oauth_grant,
        created_at       timestamptz NOT NULL,
        replaced_at      timestamptz,
        request_digest   bytea,
        successor_sealed bytea
      );
      COMMENT ON COLUMN refresh_token.successor_sealed IS 'the answer to its use, told again for 30 s to the same request';
      CREATE INDEX refresh_token_grant ON refresh_token (grant_id);

      CREATE TABLE one_time_link (
        digest     bytea PRIMARY KEY,
        user_id    text NOT NULL REFERENCES user_account,
        purpose    text NOT NULL CHECK (purpose IN ('enrol', 'reset')),
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at    timestamptz
      );
      CREATE INDEX one_time_link_expiry ON one_time_link (expires_at);

      CREATE TABLE client_assertion (
        app_id     text NOT NULL,
        jti_digest bytea NOT NULL,
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (app_id, jti_digest)
      );
      COMMENT ON TABLE client_assertion IS 'assertions that were used (RFC 7523 section 3): none is accepted twice';
      CREATE INDEX client_assertion_expiry ON client_assertion (expires_at);

      CREATE TABLE resource_server (
        id         text PRIMARY KEY,
        name       text NOT NULL,
        resource   text NOT NULL,
        digest     bytea NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL,
        revoked_at timestamptz
      );
      COMMENT ON COLUMN resource_server.resource IS 'the audience whose tokens it may introspect';
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE resource_server, client_assertion, one_time_link, refresh_token, authorization_code, oauth_grant,
        user_consent, authorization_request, user_session;
    `);
  }
}
