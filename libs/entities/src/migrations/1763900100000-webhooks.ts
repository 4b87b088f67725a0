import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Webhook subscriptions, the outbox, and the partitioned history (webhooks.md section 10). */
export class Webhooks1763900100000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE event_type (
        name           text PRIMARY KEY CHECK (name ~ '^[a-z0-9_]+(\\.[a-z0-9_]+)+$'),
        description_en text NOT NULL,
        description_de text NOT NULL,
        schema         jsonb,
        thin           boolean NOT NULL DEFAULT false,
        sensitivity    text NOT NULL CHECK (sensitivity IN ('normal', 'sensitive')),
        approval       text NOT NULL CHECK (approval IN ('auto', 'tenant_admin', 'knogin_review')),
        published_to   text[],
        deprecated_at  timestamptz
      );
      COMMENT ON COLUMN event_type.published_to IS 'tenants the type is published to; null: all';

      CREATE TABLE app_event_approval (
        app_id      text NOT NULL REFERENCES platform_app,
        event_type  text NOT NULL REFERENCES event_type,
        approved_by text NOT NULL,
        approved_at timestamptz NOT NULL,
        PRIMARY KEY (app_id, event_type)
      );

      CREATE TABLE webhook (
        id                     uuid PRIMARY KEY,
        tenant_id              text NOT NULL REFERENCES tenant,
        app_id                 text NOT NULL REFERENCES platform_app,
        url                    text NOT NULL,
        description            text,
        enabled                boolean NOT NULL DEFAULT true,
        ordering               text NOT NULL DEFAULT 'best_effort' CHECK (ordering IN ('best_effort', 'strict')),
        signature              text NOT NULL DEFAULT 'hmac' CHECK (signature IN ('hmac', 'ed25519', 'both')),
        disabled_reason        text CHECK (disabled_reason IN ('user', 'failing', 'gone', 'receiver_request', 'approval_revoked')),
        failing_since          timestamptz,
        paused_until           timestamptz,
        breaker                jsonb NOT NULL DEFAULT '{}',
        secret_last_rotated_at timestamptz,
        version                integer NOT NULL DEFAULT 1,
        created_at             timestamptz NOT NULL,
        updated_at             timestamptz NOT NULL,
        deleted_at             timestamptz
      );
      CREATE INDEX webhook_page ON webhook (tenant_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
      CREATE INDEX webhook_app ON webhook (app_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

      CREATE TABLE webhook_event_sub (
        webhook_id uuid NOT NULL REFERENCES webhook,
        event_type text NOT NULL REFERENCES event_type,
        PRIMARY KEY (webhook_id, event_type)
      );
      CREATE INDEX webhook_event_sub_type ON webhook_event_sub (event_type, webhook_id);

      CREATE TABLE webhook_key (
        id         uuid PRIMARY KEY,
        webhook_id uuid NOT NULL REFERENCES webhook,
        cipher     bytea NOT NULL,
        kek_id     text NOT NULL,
        format     text NOT NULL CHECK (format IN ('whsec', 'raw', 'ambiguous')),
        hint       text NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz
      );
      CREATE INDEX webhook_key_webhook ON webhook_key (webhook_id, created_at DESC, id DESC);

      CREATE TABLE tenant_webhook_key (
        id         uuid PRIMARY KEY,
        tenant_id  text NOT NULL REFERENCES tenant,
        public     bytea NOT NULL,
        cipher     bytea NOT NULL,
        kek_id     text NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz
      );
      CREATE INDEX tenant_webhook_key_tenant ON tenant_webhook_key (tenant_id, created_at DESC);

      CREATE TABLE event_outbox (
        id          uuid PRIMARY KEY,
        tenant_id   text NOT NULL,
        producer    text NOT NULL,
        type        text NOT NULL,
        occurred_at timestamptz NOT NULL,
        created_at  timestamptz NOT NULL,
        app_filter  text,
        body        bytea NOT NULL
      );

      CREATE TABLE event_dedupe (
        tenant_id  text NOT NULL,
        producer   text NOT NULL,
        key        text NOT NULL,
        body_hash  bytea NOT NULL,
        event_id   uuid NOT NULL,
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, producer, key)
      ) PARTITION BY HASH (tenant_id, producer, key);

      CREATE TABLE event (
        id          uuid PRIMARY KEY,
        tenant_id   text NOT NULL,
        type        text NOT NULL,
        occurred_at timestamptz NOT NULL,
        created_at  timestamptz NOT NULL,
        body        bytea NOT NULL
      ) PARTITION BY RANGE (id);

      CREATE TABLE webhook_delivery (
        id              uuid PRIMARY KEY,
        webhook_id      uuid NOT NULL,
        tenant_id       text NOT NULL,
        event_id        uuid NOT NULL,
        event_type      text NOT NULL,
        trigger         smallint NOT NULL,
        is_test         boolean NOT NULL DEFAULT false,
        status          smallint NOT NULL,
        reason          smallint,
        attempts        smallint NOT NULL DEFAULT 0,
        last_code       smallint,
        last_attempt_at timestamptz,
        completed_at    timestamptz,
        created_at      timestamptz NOT NULL
      ) PARTITION BY RANGE (id);
      CREATE INDEX webhook_delivery_page ON webhook_delivery (webhook_id, id DESC);
      CREATE INDEX webhook_delivery_status ON webhook_delivery (webhook_id, status, id DESC);

      CREATE TABLE webhook_attempt (
        delivery_id  uuid NOT NULL,
        n            smallint NOT NULL,
        started_at   timestamptz NOT NULL,
        duration_ms  integer NOT NULL,
        outcome      text NOT NULL,
        code         smallint,
        error        text,
        url          text NOT NULL,
        remote_ip    text,
        resp         bytea,
        resp_headers jsonb,
        retry_after  integer,
        truncated    boolean NOT NULL DEFAULT false,
        key_ids      uuid[] NOT NULL DEFAULT '{}',
        worker       text NOT NULL,
        PRIMARY KEY (delivery_id, n)
      ) PARTITION BY RANGE (delivery_id);

      CREATE TABLE webhook_pending (
        delivery_id     uuid PRIMARY KEY,
        webhook_id      uuid NOT NULL,
        tenant_id       text NOT NULL,
        event_id        uuid NOT NULL,
        due_at          timestamptz NOT NULL,
        attempt         smallint NOT NULL DEFAULT 0,
        first_queued_at timestamptz NOT NULL,
        lease           uuid,
        lease_until     timestamptz
      ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
      COMMENT ON TABLE webhook_pending IS 'the hot set: what is still to be delivered; history never touches the claim path';
      CREATE INDEX webhook_pending_lane ON webhook_pending (webhook_id, due_at);
      CREATE INDEX webhook_pending_due ON webhook_pending (due_at);

      -- A day's partition of a table that is ranged by UUIDv7: its first 48 bits are milliseconds since the epoch.
      CREATE FUNCTION uuid_v7_floor(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
        SELECT (rpad(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0'), 32, '0'))::uuid
      $$;
      CREATE FUNCTION create_day_partition(parent text, day date) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
          name text := parent || '_' || to_char(day, 'YYYYMMDD');
        BEGIN
          IF to_regclass(name) IS NOT NULL THEN RETURN; END IF;
          PERFORM pg_advisory_xact_lock(hashtext('create_day_partition'));
          IF to_regclass(name) IS NOT NULL THEN RETURN; END IF;
          EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', name, parent,
            uuid_v7_floor(day::timestamp AT TIME ZONE 'UTC'), uuid_v7_floor((day + 1)::timestamp AT TIME ZONE 'UTC'));
        END $$;

      INSERT INTO event_type (name, description_en, description_de, sensitivity, approval) VALUES
        ('incident.created', 'An incident was created', 'Ein Vorfall wurde angelegt', 'normal', 'auto'),
        ('incident.updated', 'An incident changed', 'Ein Vorfall hat sich geändert', 'normal', 'auto'),
        ('incident.closed', 'An incident was closed', 'Ein Vorfall wurde geschlossen', 'normal', 'auto');
    `);
    for (let part = 0; part < 8; part++) {
      await queryRunner.query(
        `CREATE TABLE event_dedupe_${part} PARTITION OF event_dedupe FOR VALUES WITH (MODULUS 8, REMAINDER ${part})`,
      );
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE webhook_pending, webhook_attempt, webhook_delivery, event, event_dedupe, event_outbox,
        tenant_webhook_key, webhook_key, webhook_event_sub, webhook, app_event_approval, event_type;
      DROP FUNCTION create_day_partition, uuid_v7_floor;
    `);
  }
}
