import { AppError, Clock, Database, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { AuditLog, type TenantAdministrator } from '../../identity/index.js';
import { TenantSigningKey } from '../signing/tenant-signing-key.js';
import { TenantSigningKeys } from './tenant-signing-keys.js';
import { MAX_LIVE_KEYS } from './webhook-keys.js';

/** Keys by the `kid` of the tenant's JWKS. */
export interface TenantKeyChange {
  former: string;
  /** When the former key ends. */
  formerUntil: Date;
  current: string;
}

/** Replaces the Ed25519 key with which a tenant's `v1a` signatures are made. */
@Injectable()
export class TenantKeyRotation {
  constructor(
    private readonly database: Database,
    private readonly keys: TenantSigningKeys,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * The new key signs first from now on. The former ones sign beside it for the overlap, so that who still verifies
   * with one of them loses nothing; with none they are destroyed at once.
   * @throws AppError not_found where the tenant has no key, rotation_limit
   */
  async rotate(
    by: TenantAdministrator,
    tenantId: string,
    overlapSeconds: number,
  ): Promise<TenantKeyChange> {
    return this.database.transaction(async (transaction) => {
      // Of two at once the second finds the first one's key.
      await this.keys.lock(transaction, tenantId);
      const live = await this.keys.live(transaction, tenantId);
      const former = live.find(({ expires_at }) => expires_at === null);
      if (!former) throw noKey();
      if (overlapSeconds > 0 && live.length >= MAX_LIVE_KEYS) throw tooManyKeys();
      const formerUntil = new Date(this.clock.now() + overlapSeconds * 1000);
      await end(transaction, tenantId, overlapSeconds > 0 ? formerUntil : undefined);
      const { jwk } = await this.keys.add(transaction, tenantId);
      await this.tellWebhooks(transaction, tenantId);
      const former_kid = TenantSigningKey.jwkOf(former.public).kid;
      await this.audit.record(transaction, {
        tenantId,
        actor: { kind: by.kind, id: by.name },
        action: 'webhook_signing_key.rotated',
        target: { kind: 'webhook_signing_key', id: jwk.kid },
        request: by.request,
        after: { former_kid, former_until: formerUntil.toISOString() },
      });
      return { former: former_kid, formerUntil, current: jwk.kid };
    });
  }

  /** A webhook shows the key, and its lane has loaded it: both go by the version. */
  private async tellWebhooks(transaction: Sql, tenantId: string): Promise<void> {
    await transaction.execute(
      `WITH held AS MATERIALIZED (
         SELECT id FROM webhook WHERE tenant_id = $1 AND signature <> 'hmac' AND deleted_at IS NULL
         ORDER BY id FOR NO KEY UPDATE
       )
       UPDATE webhook w SET version = w.version + 1, updated_at = $2 FROM held WHERE w.id = held.id`,
      [tenantId, this.clock.date()],
    );
  }
}

/** Never later than a key was to end already; at once, its box is destroyed. */
async function end(transaction: Sql, tenantId: string, until: Date | undefined): Promise<void> {
  if (until === undefined) {
    await transaction.execute('DELETE FROM tenant_webhook_key WHERE tenant_id = $1', [tenantId]);
    return;
  }
  await transaction.execute(
    'UPDATE tenant_webhook_key SET expires_at = least(expires_at, $2) WHERE tenant_id = $1',
    [tenantId, until],
  );
}

const noKey = (): AppError =>
  new AppError('not_found', {
    detail: 'The tenant has no such key: it is made when a webhook first asks for ed25519.',
  });

const tooManyKeys = (): AppError =>
  new AppError('rotation_limit', {
    detail: `At most ${MAX_LIVE_KEYS} keys are live at once; wait, or end the old ones at once with an overlap of 0.`,
  });
