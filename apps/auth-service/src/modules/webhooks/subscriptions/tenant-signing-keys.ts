import { AppError, Clock, Database, Ids, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../config.js';
import { TenantSigningKey, type TenantSigningJwk } from '../signing/tenant-signing-key.js';
import { tenantContextOf } from './webhook-keys.js';

export interface LiveTenantKey {
  public: Buffer;
  /** Null: the current one. */
  expires_at: Date | null;
}

/** The Ed25519 keys with which a tenant's `v1a` signatures are made: one tenant's never passes for another's. */
@Injectable()
export class TenantSigningKeys {
  constructor(
    private readonly database: Database,
    private readonly config: AuthConfig,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes the tenant's key at first use. To be called before a webhook is locked (ADR 21): a rotation waits for who
   * begins to sign with the key, to tell its webhook as well, and holds up who comes after it.
   */
  async ensure(transaction: Sql, tenantId: string): Promise<void> {
    await transaction.execute(`SELECT pg_advisory_xact_lock_shared(${lockOf('$1')})`, [tenantId]);
    const [current] = await transaction.query<{ id: string }>(
      'SELECT id FROM tenant_webhook_key WHERE tenant_id = $1 AND expires_at IS NULL',
      [tenantId],
    );
    if (current) return;
    await this.add(transaction, tenantId);
  }

  /** Nobody begins to sign with the tenant's key, or replaces it, before the transaction ends. */
  async lock(transaction: Sql, tenantId: string): Promise<void> {
    await transaction.execute(`SELECT pg_advisory_xact_lock(${lockOf('$1')})`, [tenantId]);
  }

  /** Adds the key that is current from now on, where there is none. */
  async add(transaction: Sql, tenantId: string): Promise<TenantSigningKey> {
    const id = this.ids.uuid();
    const key = TenantSigningKey.generate();
    const cipher = this.config.secretBox.seal(key.privateBytes(), tenantContextOf(id));
    await transaction.execute(
      `INSERT INTO tenant_webhook_key (id, tenant_id, public, cipher, kek_id, created_at)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id) WHERE expires_at IS NULL DO NOTHING`,
      [
        id,
        tenantId,
        key.publicBytes,
        cipher,
        this.config.secretBox.keyIdOf(cipher),
        this.clock.date(),
      ],
    );
    return key;
  }

  /** Newest first. */
  async live(sql: Sql, tenantId: string): Promise<LiveTenantKey[]> {
    return sql.query<LiveTenantKey>(
      `SELECT public, expires_at FROM tenant_webhook_key
       WHERE tenant_id = $1 AND (expires_at IS NULL OR expires_at > $2) ORDER BY created_at DESC, id DESC`,
      [tenantId, this.clock.date()],
    );
  }

  /** The public keys of a tenant. @throws AppError not_found for a tenant that has none, or is none */
  async jwks(tenantId: string): Promise<{ keys: TenantSigningJwk[] }> {
    const rows = await this.live(this.database, tenantId);
    if (rows.length === 0) throw new AppError('not_found');
    return { keys: rows.map((row) => TenantSigningKey.jwkOf(row.public)) };
  }
}

const lockOf = (tenantId: string): string =>
  `hashtextextended('tenant_webhook_key:' || ${tenantId}, 0)`;
