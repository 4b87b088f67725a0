import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The registry of approved GraphQL operations and the incidents they work on (graphql.md sections 1 and 9). */
export class Bundles1763900400000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE workflow (
        id                  text PRIMARY KEY,
        key                 text NOT NULL UNIQUE CHECK (key ~ '^[a-z0-9](-?[a-z0-9]){0,62}$'),
        title_de            text NOT NULL,
        title_en            text NOT NULL,
        description_de      text NOT NULL,
        description_en      text NOT NULL,
        owner_team          text NOT NULL,
        data_classification text NOT NULL,
        created_at          timestamptz NOT NULL
      );

      CREATE TABLE operation_bundle (
        id          text PRIMARY KEY,
        workflow_id text NOT NULL REFERENCES workflow,
        name        text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9](-?[a-z0-9]){0,62}$'),
        title_de    text NOT NULL,
        title_en    text NOT NULL,
        visibility  text NOT NULL DEFAULT 'private' CHECK (visibility = 'private'),
        created_at  timestamptz NOT NULL
      );

      CREATE TABLE upstream (
        id                 text PRIMARY KEY,
        name               text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9](-?[a-z0-9]){0,62}$'),
        kind               text NOT NULL CHECK (kind IN ('graphql', 'http')),
        base_url           text NOT NULL,
        schema_sdl         text NOT NULL,
        auth_mode          text NOT NULL DEFAULT 'none' CHECK (auth_mode IN ('none', 'service')),
        credential         bytea,
        header_allow_list  text[] NOT NULL DEFAULT '{}',
        allow_cidrs        text[] NOT NULL DEFAULT '{}',
        timeout_ms         integer NOT NULL DEFAULT 3000 CHECK (timeout_ms BETWEEN 1 AND 30000),
        max_response_bytes integer NOT NULL DEFAULT 1048576 CHECK (max_response_bytes BETWEEN 1 AND 16777216),
        breaker_failures   integer NOT NULL DEFAULT 5 CHECK (breaker_failures > 0),
        breaker_open_ms    integer NOT NULL DEFAULT 30000 CHECK (breaker_open_ms > 0),
        created_by         text NOT NULL,
        created_at         timestamptz NOT NULL,
        updated_at         timestamptz NOT NULL,
        CHECK ((auth_mode = 'service') = (credential IS NOT NULL))
      );
      COMMENT ON COLUMN upstream.schema_sdl IS 'what operations that run there are validated against, and their answers reshaped by';
      COMMENT ON COLUMN upstream.credential IS 'the service bearer token, sealed';

      CREATE TABLE bundle_version (
        id            text PRIMARY KEY,
        bundle_id     text NOT NULL REFERENCES operation_bundle,
        version       text NOT NULL CHECK (version ~ '^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)$'),
        status        text NOT NULL CHECK (status IN ('draft', 'in_review', 'approved', 'deprecated', 'retired', 'rejected')),
        schema_hash   text,
        content_hash  text NOT NULL,
        changelog     text NOT NULL,
        shipped       boolean NOT NULL DEFAULT false,
        created_by    text NOT NULL,
        created_at    timestamptz NOT NULL,
        submitted_at  timestamptz,
        approved_by   text[] NOT NULL DEFAULT '{}',
        approved_at   timestamptz,
        rejected_by   text,
        rejected_at   timestamptz,
        reject_reason text,
        deprecated_at timestamptz,
        sunset_at     timestamptz,
        retired_at    timestamptz,
        UNIQUE (bundle_id, version)
      );
      COMMENT ON COLUMN bundle_version.shipped IS 'came with a release and is approved by it';
      COMMENT ON COLUMN bundle_version.content_hash IS 'SHA-256 over its operations: the same name and version never mean two things';

      CREATE TABLE bundle_operation (
        id                   text PRIMARY KEY,
        version_id           text NOT NULL REFERENCES bundle_version,
        operation_name       text NOT NULL,
        kind                 text NOT NULL CHECK (kind IN ('query', 'mutation')),
        document             text NOT NULL,
        doc_sha256           text NOT NULL,
        norm_sha256          text NOT NULL,
        norm_typename_sha256 text NOT NULL,
        required_scopes      text[] NOT NULL,
        variable_rules       jsonb NOT NULL,
        static_cost          integer NOT NULL,
        max_response_bytes   integer NOT NULL,
        timeout_ms           integer NOT NULL,
        idempotent           boolean NOT NULL,
        upstream_id          text REFERENCES upstream,
        mapping              jsonb,
        sample               jsonb,
        blocked_at           timestamptz,
        blocked_by           text,
        UNIQUE (version_id, operation_name)
      );
      COMMENT ON COLUMN bundle_operation.document IS 'the approved text; what is executed is compiled from it and from nothing else';
      COMMENT ON COLUMN bundle_operation.upstream_id IS 'null: the gateway executes it itself';
      COMMENT ON COLUMN bundle_operation.blocked_at IS 'the kill switch: refused like an operation that does not exist';

      CREATE TABLE bundle_grant (
        id              text PRIMARY KEY,
        client_id       text NOT NULL REFERENCES platform_app,
        tenant_id       text NOT NULL REFERENCES tenant,
        bundle_id       text NOT NULL REFERENCES operation_bundle,
        version_range   text NOT NULL CHECK (version_range ~ '^(0|[1-9][0-9]*)\\.(x|(0|[1-9][0-9]*)\\.(x|0|[1-9][0-9]*))$'),
        status          text NOT NULL CHECK (status IN ('active', 'suspended', 'revoked', 'expired')),
        valid_from      timestamptz NOT NULL,
        valid_until     timestamptz,
        request_id      text,
        cost_burst      integer CHECK (cost_burst > 0),
        cost_per_second integer CHECK (cost_per_second > 0),
        granted_by      text NOT NULL,
        created_at      timestamptz NOT NULL,
        updated_at      timestamptz NOT NULL
      );
      COMMENT ON COLUMN bundle_grant.version_range IS '1.x, 1.2.x or 1.2.3';
      COMMENT ON COLUMN bundle_grant.request_id IS 'the access request it answers';
      CREATE INDEX bundle_grant_client ON bundle_grant (client_id, created_at DESC, id DESC);
      CREATE INDEX bundle_grant_live ON bundle_grant (client_id, tenant_id) WHERE status = 'active';

      CREATE TABLE operation_usage (
        operation_id text NOT NULL REFERENCES bundle_operation,
        client_id    text NOT NULL,
        tenant_id    text NOT NULL,
        day          date NOT NULL,
        requests     bigint NOT NULL,
        failures     bigint NOT NULL,
        cost         bigint NOT NULL,
        last_used_at timestamptz NOT NULL,
        PRIMARY KEY (operation_id, client_id, tenant_id, day)
      );

      CREATE TABLE incident (
        id           uuid PRIMARY KEY,
        tenant_id    text NOT NULL REFERENCES tenant,
        number       integer NOT NULL,
        title        text NOT NULL,
        description  text,
        status       text NOT NULL CHECK (status IN ('open', 'acknowledged', 'resolved', 'closed')),
        severity     text NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
        source       text,
        external_ref text,
        labels       text[] NOT NULL DEFAULT '{}',
        version      integer NOT NULL DEFAULT 1,
        close_reason text,
        created_by   text NOT NULL,
        created_at   timestamptz NOT NULL,
        updated_at   timestamptz NOT NULL,
        closed_at    timestamptz,
        UNIQUE (tenant_id, number)
      );
      COMMENT ON COLUMN incident.number IS 'counts within the tenant; shown as INC-7';
      CREATE INDEX incident_page ON incident (tenant_id, created_at DESC, id DESC);
      CREATE INDEX incident_updated ON incident (tenant_id, updated_at DESC, id DESC);
      CREATE INDEX incident_external_ref ON incident (tenant_id, external_ref) WHERE external_ref IS NOT NULL;

      CREATE TABLE incident_counter (
        tenant_id text PRIMARY KEY REFERENCES tenant,
        last      integer NOT NULL
      );

      CREATE TABLE incident_entry (
        id          uuid PRIMARY KEY,
        incident_id uuid NOT NULL REFERENCES incident,
        tenant_id   text NOT NULL,
        kind        text NOT NULL CHECK (kind IN ('created', 'updated', 'closed', 'note')),
        actor       text NOT NULL,
        note        text,
        changes     jsonb,
        at          timestamptz NOT NULL
      );
      COMMENT ON COLUMN incident_entry.changes IS 'old and new value by field';
      CREATE INDEX incident_entry_page ON incident_entry (incident_id, id DESC);

      -- Whatever changes what a caller may run makes every gateway look again.
      CREATE FUNCTION bundles_notify() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM pg_notify('bundles', '');
          RETURN NULL;
        END $$;
      CREATE TRIGGER bundles_notify AFTER INSERT OR UPDATE OR DELETE ON bundle_version
        FOR EACH STATEMENT EXECUTE FUNCTION bundles_notify();
      CREATE TRIGGER bundles_notify AFTER INSERT OR UPDATE OR DELETE ON bundle_operation
        FOR EACH STATEMENT EXECUTE FUNCTION bundles_notify();
      CREATE TRIGGER bundles_notify AFTER INSERT OR UPDATE OR DELETE ON bundle_grant
        FOR EACH STATEMENT EXECUTE FUNCTION bundles_notify();
      CREATE TRIGGER bundles_notify AFTER INSERT OR UPDATE OR DELETE ON upstream
        FOR EACH STATEMENT EXECUTE FUNCTION bundles_notify();
      CREATE TRIGGER bundles_notify AFTER UPDATE OF status ON tenant
        FOR EACH STATEMENT EXECUTE FUNCTION bundles_notify();
      CREATE TRIGGER bundles_notify AFTER UPDATE OF status, governance, deleted_at ON platform_app
        FOR EACH STATEMENT EXECUTE FUNCTION bundles_notify();

      -- A version is what it was submitted as: afterwards only the kill switch of an operation moves.
      CREATE FUNCTION bundle_operation_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
          frozen boolean;
        BEGIN
          IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'blocked_at' - 'blocked_by' = to_jsonb(OLD) - 'blocked_at' - 'blocked_by' THEN
            RETURN NEW;
          END IF;
          SELECT status <> 'draft' INTO frozen FROM bundle_version
            WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.version_id ELSE NEW.version_id END FOR UPDATE;
          IF frozen THEN RAISE EXCEPTION 'a bundle version is immutable once it has left draft'; END IF;
          RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
        END $$;
      CREATE TRIGGER bundle_operation_frozen BEFORE INSERT OR UPDATE OR DELETE ON bundle_operation
        FOR EACH ROW EXECUTE FUNCTION bundle_operation_frozen();
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TRIGGER bundles_notify ON tenant;
      DROP TRIGGER bundles_notify ON platform_app;
      DROP TABLE incident_entry, incident_counter, incident, operation_usage, bundle_grant, bundle_operation,
        bundle_version, upstream, operation_bundle, workflow;
      DROP FUNCTION bundle_operation_frozen, bundles_notify;
    `);
  }
}
