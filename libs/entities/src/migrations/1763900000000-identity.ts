import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tenants, users, apps, secrets, scopes, idempotency keys, the audit log and the keys that seal and sign. */
export class Identity1763900000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE tenant (
        id               text PRIMARY KEY,
        slug             text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9](-?[a-z0-9]){0,62}$'),
        name             text NOT NULL,
        status           text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
        governance       jsonb NOT NULL DEFAULT '{}',
        require_if_match boolean NOT NULL DEFAULT false,
        four_eyes        boolean NOT NULL DEFAULT false,
        created_at       timestamptz NOT NULL,
        updated_at       timestamptz NOT NULL
      );

      CREATE TABLE user_account (
        id            text PRIMARY KEY,
        tenant_id     text NOT NULL REFERENCES tenant,
        email         text NOT NULL,
        email_key     text NOT NULL,
        display_name  text NOT NULL DEFAULT '',
        role          text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
        status        text NOT NULL DEFAULT 'invited' CHECK (status IN ('invited', 'active', 'suspended')),
        password_hash text,
        created_at    timestamptz NOT NULL,
        updated_at    timestamptz NOT NULL,
        UNIQUE (tenant_id, email_key)
      );

      CREATE TABLE scope (
        name           text PRIMARY KEY CHECK (name ~ '^[a-z0-9:_.-]{1,64}$'),
        description_en text NOT NULL,
        description_de text NOT NULL,
        resources      text[] NOT NULL CHECK (resources <@ ARRAY['auth', 'api'] AND cardinality(resources) > 0),
        sensitivity    text NOT NULL CHECK (sensitivity IN ('normal', 'sensitive', 'admin')),
        approval       text NOT NULL CHECK (approval IN ('auto', 'tenant_admin', 'knogin_review')),
        grantable_to   text[] NOT NULL,
        published_to   text[],
        deprecated     boolean NOT NULL DEFAULT false
      );
      COMMENT ON COLUMN scope.published_to IS 'tenants that see the scope; null: all';

      CREATE TABLE platform_app (
        id                         text PRIMARY KEY,
        tenant_id                  text NOT NULL REFERENCES tenant,
        name                       text NOT NULL,
        status                     text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
        application_type           text NOT NULL CHECK (application_type IN ('web', 'native')),
        token_endpoint_auth_method text CHECK (token_endpoint_auth_method IN
          ('client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none')),
        grant_types                text[] NOT NULL,
        redirect_uris              text[] NOT NULL,
        requested_scopes           text[] NOT NULL,
        approved_scopes            text[] NOT NULL,
        governance                 jsonb NOT NULL DEFAULT '{}',
        jwks                       jsonb,
        contacts                   text[] NOT NULL DEFAULT '{}',
        policy_uri                 text,
        first_party                boolean NOT NULL DEFAULT false,
        version                    integer NOT NULL DEFAULT 1,
        created_by                 text NOT NULL,
        created_at                 timestamptz NOT NULL,
        updated_at                 timestamptz NOT NULL,
        deleted_at                 timestamptz
      );
      COMMENT ON COLUMN platform_app.token_endpoint_auth_method IS 'null: both secret methods';
      COMMENT ON COLUMN platform_app.governance IS 'only what the app sets itself; the effective policy is computed';
      CREATE INDEX platform_app_page ON platform_app (tenant_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

      CREATE TABLE client_secret (
        id           text PRIMARY KEY,
        app_id       text NOT NULL REFERENCES platform_app,
        tenant_id    text NOT NULL REFERENCES tenant,
        digest       bytea NOT NULL,
        hint         text NOT NULL,
        created_at   timestamptz NOT NULL,
        expires_at   timestamptz,
        revoked_at   timestamptz,
        last_used_at timestamptz
      );
      COMMENT ON COLUMN client_secret.digest IS 'HMAC-SHA-256 under the data key "secret-pepper"';
      CREATE INDEX client_secret_app ON client_secret (app_id, created_at DESC);

      CREATE TABLE service_token (
        id           text PRIMARY KEY,
        app_id       text NOT NULL REFERENCES platform_app,
        tenant_id    text NOT NULL REFERENCES tenant,
        jti          text NOT NULL UNIQUE,
        scopes       text[] NOT NULL,
        label        text,
        created_by   text NOT NULL,
        created_at   timestamptz NOT NULL,
        expires_at   timestamptz NOT NULL,
        revoked_at   timestamptz,
        last_used_at timestamptz
      );
      CREATE INDEX service_token_app ON service_token (app_id, created_at DESC, id DESC);

      CREATE TABLE scope_request (
        id            text PRIMARY KEY,
        app_id        text NOT NULL REFERENCES platform_app,
        tenant_id     text NOT NULL REFERENCES tenant,
        scopes        text[] NOT NULL,
        justification text NOT NULL,
        status        text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'denied')),
        requested_by  text NOT NULL,
        decided_by    text,
        created_at    timestamptz NOT NULL,
        decided_at    timestamptz
      );
      CREATE INDEX scope_request_app ON scope_request (app_id, created_at DESC, id DESC);

      CREATE TABLE idempotency_key (
        tenant_id    text NOT NULL,
        actor        text NOT NULL,
        route        text NOT NULL,
        key          text NOT NULL,
        request_hash bytea NOT NULL,
        status       integer,
        headers      jsonb,
        body         bytea,
        body_sealed  boolean NOT NULL DEFAULT false,
        replay_until timestamptz,
        locked_until timestamptz NOT NULL,
        created_at   timestamptz NOT NULL,
        expires_at   timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, actor, route, key)
      );
      COMMENT ON COLUMN idempotency_key.status IS 'HTTP status of the stored answer; null while the first request runs';
      COMMENT ON COLUMN idempotency_key.replay_until IS 'answers with secrets: sealed, and replayed only until then';
      CREATE INDEX idempotency_key_expiry ON idempotency_key (expires_at);

      CREATE TABLE audit_log (
        tenant_id   text NOT NULL,
        seq         bigint NOT NULL,
        at          timestamptz NOT NULL,
        actor_kind  text NOT NULL,
        actor_id    text NOT NULL,
        action      text NOT NULL,
        target_kind text NOT NULL,
        target_id   text NOT NULL,
        ip          text NOT NULL,
        user_agent  text NOT NULL,
        request_id  text NOT NULL,
        before      jsonb,
        after       jsonb,
        prev_hash   bytea NOT NULL,
        hash        bytea NOT NULL,
        PRIMARY KEY (tenant_id, seq)
      );
      COMMENT ON TABLE audit_log IS 'append-only; one hash chain per tenant; tenant_id "system" for what concerns none';
      CREATE FUNCTION audit_log_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          -- Pruning behind a signed checkpoint names itself for the length of its transaction.
          IF TG_OP = 'DELETE' AND current_setting('knogin.audit_prune', true) = 'on' THEN RETURN OLD; END IF;
          RAISE EXCEPTION 'the audit log is append-only';
        END $$;
      CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
        FOR EACH ROW EXECUTE FUNCTION audit_log_refuse_change();
      CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log
        FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse_change();

      CREATE TABLE data_key (
        name       text PRIMARY KEY,
        sealed     bytea NOT NULL,
        created_at timestamptz NOT NULL
      );
      COMMENT ON TABLE data_key IS 'random keys (secret pepper, cursor key) sealed by the key-encryption key';

      CREATE TABLE signing_key (
        kid            text PRIMARY KEY,
        alg            text NOT NULL CHECK (alg IN ('RS256', 'ES256', 'EdDSA')),
        status         text NOT NULL CHECK (status IN ('published', 'active', 'retiring', 'removed', 'revoked')),
        public_jwk     jsonb NOT NULL,
        private_sealed bytea,
        published_at   timestamptz NOT NULL,
        usable_from    timestamptz NOT NULL,
        activated_at   timestamptz,
        retiring_at    timestamptz,
        remove_at      timestamptz,
        revoked_at     timestamptz
      );
      COMMENT ON COLUMN signing_key.usable_from IS 'published_at plus propagation; the first key of an algorithm may sign at once';
      CREATE UNIQUE INDEX signing_key_one_active ON signing_key (alg) WHERE status = 'active';

      CREATE TABLE revocation (
        id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        xid        xid8 NOT NULL DEFAULT pg_current_xact_id(),
        kind       text NOT NULL CHECK (kind IN ('token', 'app', 'user', 'tenant', 'key', 'session', 'grant')),
        subject    text NOT NULL,
        not_before timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
      );
      COMMENT ON TABLE revocation IS 'tokens of the subject issued before not_before are dead; kept until the last of them has expired';
      COMMENT ON COLUMN revocation.xid IS 'readers ask for xid >= the xmin of their last snapshot, so that a late commit is not skipped';
      CREATE INDEX revocation_xid ON revocation (xid);
      CREATE INDEX revocation_expiry ON revocation (expires_at);
      CREATE FUNCTION revocation_notify() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM pg_notify('revocation', '');
          RETURN NULL;
        END $$;
      CREATE TRIGGER revocation_notify AFTER INSERT ON revocation
        FOR EACH STATEMENT EXECUTE FUNCTION revocation_notify();

      INSERT INTO scope (name, description_en, description_de, resources, sensitivity, approval, grantable_to) VALUES
        ('webhooks:read', 'Read outbound webhook subscriptions and their deliveries',
         'Ausgehende Webhook-Abonnements und ihre Zustellungen lesen', '{auth,api}', 'normal', 'auto', '{client_credentials,authorization_code}'),
        ('webhooks:write', 'Create and update outbound webhook subscriptions',
         'Ausgehende Webhook-Abonnements anlegen und ändern', '{auth,api}', 'normal', 'auto', '{client_credentials,authorization_code}'),
        ('incidents:read', 'Read incidents and their timeline',
         'Vorfälle und ihren Verlauf lesen', '{auth,api}', 'sensitive', 'tenant_admin', '{client_credentials,authorization_code}'),
        ('incidents:write', 'Create, update and close incidents',
         'Vorfälle anlegen, ändern und schließen', '{auth,api}', 'sensitive', 'tenant_admin', '{client_credentials,authorization_code}'),
        ('platform:scopes:read', 'Read the scope catalogue', 'Den Scope-Katalog lesen', '{auth}', 'admin', 'knogin_review', '{}'),
        ('platform:apps:read', 'Read the tenant’s apps', 'Die Apps des Mandanten lesen', '{auth}', 'admin', 'knogin_review', '{}'),
        ('platform:apps:write', 'Register and change the tenant’s apps', 'Apps des Mandanten anlegen und ändern', '{auth}', 'admin', 'knogin_review', '{}'),
        ('platform:governance:write', 'Change the governance of apps', 'Die Governance von Apps ändern', '{auth}', 'admin', 'knogin_review', '{}'),
        ('platform:secrets:rotate', 'Rotate client secrets', 'Client-Secrets rotieren', '{auth}', 'admin', 'knogin_review', '{}'),
        ('platform:service-tokens:mint', 'Mint and revoke service tokens', 'Service Tokens ausstellen und widerrufen', '{auth}', 'admin', 'knogin_review', '{}'),
        ('platform:audit:read', 'Read the audit log', 'Das Audit-Log lesen', '{auth}', 'admin', 'knogin_review', '{}');
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE revocation, signing_key, data_key, audit_log, idempotency_key, scope_request, service_token,
        client_secret, platform_app, scope, user_account, tenant;
      DROP FUNCTION revocation_notify, audit_log_refuse_change;
    `);
  }
}
