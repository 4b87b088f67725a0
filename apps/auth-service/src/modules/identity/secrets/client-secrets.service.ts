import { setTimeout as wait } from 'node:timers/promises';
import { ClientSecret } from '#libs/entities';
import {
  AppError,
  Clock,
  Database,
  Ids,
  LOGGER,
  type Logger,
  type Sql,
  type Transaction,
} from '#libs/foundation';
import type { Actor } from '#libs/guards';
import { Inject, Injectable } from '@nestjs/common';
import { In, IsNull } from 'typeorm';
import { usesSecret } from '../apps/app-rules.js';
import { lockApp, type LockedApp, saveApp } from '../apps/lock-app.js';
import { AuditLog } from '../audit/audit-log.js';
import { endLastingOf, revokeTokensOf } from '../governance/policy-effects.js';
import { planRotation } from './plan-rotation.js';
import { SecretDigests } from './secret-digests.js';
import { SecretEvents } from './secret-events.js';
import { secretExpiry } from './secret-expiry.js';
import type { RotateBody } from './secrets.dto.js';

export interface Rotation {
  clientId: string;
  clientSecret: string;
  secretId: string;
  previous: readonly { id: string; expiresAt: Date }[];
  revoked: readonly string[];
}

const sweepAttempts = 3;
const sweepRetryMs = 200;
const sweepFailed =
  'tokens issued while a secret was rotated may live on: rotate once more with revoke_tokens';

/** The life of client secrets after the first. */
@Injectable()
export class ClientSecrets {
  constructor(
    private readonly database: Database,
    private readonly digests: SecretDigests,
    private readonly events: SecretEvents,
    private readonly audit: AuditLog,
    private readonly ids: Ids,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * A new secret; the one before lives on for the overlap. Rotations of one app take turns.
   * @throws AppError not_found, app_not_confidential, validation_failed when the overlap passes the policy
   */
  async rotate(actor: Actor, clientId: string, body: RotateBody): Promise<Rotation> {
    assertPerson(actor);
    const rotation = await this.database.transaction(async (transaction) => {
      const locked = await lockApp(transaction, actor, clientId);
      if (!usesSecret(locked.app.tokenEndpointAuthMethod))
        throw new AppError('app_not_confidential', {
          detail:
            locked.app.tokenEndpointAuthMethod === 'private_key_jwt'
              ? 'The app authenticates with private_key_jwt: replace its jwks with PATCH instead.'
              : 'The app is a public client (token_endpoint_auth_method none) and has no secret.',
        });
      const now = this.clock.date();
      const live = await liveSecrets(transaction, locked, now);
      const plan = planRotation(live, locked.policy, body.overlap_seconds, now);
      const { secret, digest, hint } = this.digests.create();
      const secretId = this.ids.create('sec');
      await transaction.manager.insert(ClientSecret, {
        id: secretId,
        appId: clientId,
        tenantId: actor.tenantId,
        digest,
        hint,
        createdAt: now,
      });
      for (const { id, expiresAt } of plan.previous)
        await transaction.manager.update(ClientSecret, { id }, { expiresAt });
      await this.revoke(transaction, plan.revoked, now);
      // Of a suspended app all are dead, whenever they were issued: a stamp would take that back (ADR 13).
      if (body.revoke_tokens && locked.app.status === 'active')
        await revokeAllOf(transaction, clientId, now.getTime());
      await saveApp(transaction, locked.app, {}, now);
      await this.events.publish(transaction, locked.app, 'app.secret.rotated', {
        secret_id: secretId,
        previous: plan.previous.map(({ id, expiresAt }) => ({ id, expires_at: expiresAt })),
        revoked: plan.revoked,
      });
      await this.record(transaction, actor, clientId, 'app.secret.rotated', {
        secret_id: secretId,
        previous: plan.previous.map(({ id }) => id),
        revoked: plan.revoked,
        revoke_tokens: body.revoke_tokens,
      });
      return { clientId, clientSecret: secret, secretId, ...plan };
    });
    if (body.revoke_tokens) await this.sweepLateTokens(actor, clientId);
    return rotation;
  }

  /** @throws AppError not_found, last_secret */
  async delete(actor: Actor, clientId: string, secretId: string): Promise<void> {
    assertPerson(actor);
    await this.database.transaction(async (transaction) => {
      const locked = await lockApp(transaction, actor, clientId);
      const now = this.clock.date();
      const live = await liveSecrets(transaction, locked, now);
      const secret = live.find(({ id }) => id === secretId);
      if (!secret) throw new AppError('not_found');
      const lasting = live.filter(({ id, expiresAt }) => id !== secretId && expiresAt === null);
      // An old secret may go while the new one stays; what is left must not end with an overlap.
      if (live.length === 1 || (secret.expiresAt === null && lasting.length === 0))
        throw new AppError('last_secret', {
          detail: 'Rotate first: no secret would be left that does not expire.',
        });
      await this.revoke(transaction, [secretId], now);
      await saveApp(transaction, locked.app, {}, now);
      await this.record(transaction, actor, clientId, 'app.secret.deleted', {
        secret_id: secretId,
      });
    });
  }

  /** The rotation is committed: it is answered whatever happens here, or a retry would rotate once more. */
  private async sweepLateTokens(actor: Actor, clientId: string): Promise<void> {
    for (let attempt = 1; attempt <= sweepAttempts; attempt++) {
      try {
        await this.revokeLateTokens(actor, clientId);
        return;
      } catch (err) {
        if (attempt === sweepAttempts) this.logger.error({ err, client_id: clientId }, sweepFailed);
        else await wait(sweepRetryMs);
      }
    }
  }

  /** Those that an instance issued between the stamp of the rotation and its commit, on the old secret (ADR 13). */
  private async revokeLateTokens(actor: Actor, clientId: string): Promise<void> {
    await this.database.transaction(async (transaction) => {
      const { app } = await lockApp(transaction, actor, clientId);
      if (app.status === 'active') await revokeAllOf(transaction, clientId, this.clock.now());
    });
  }

  private async revoke(transaction: Transaction, ids: readonly string[], now: Date): Promise<void> {
    if (ids.length > 0)
      await transaction.manager.update(ClientSecret, { id: In(ids) }, { revokedAt: now });
  }

  private async record(
    transaction: Transaction,
    actor: Actor,
    clientId: string,
    action: string,
    after: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await this.audit.record(transaction, {
      tenantId: actor.tenantId,
      actor: { kind: actor.kind, id: actor.subject },
      action,
      target: { kind: 'app', id: clientId },
      request: actor.request,
      after,
    });
  }
}

/** Every token of the app, and what would bring new ones: refresh tokens and codes. */
async function revokeAllOf(sql: Sql, clientId: string, nowMs: number): Promise<void> {
  await revokeTokensOf(sql, 'app', clientId, nowMs);
  await endLastingOf(sql, 'app', clientId, nowMs);
}

/** A service token that could rotate would renew itself for ever. */
function assertPerson(actor: Actor): void {
  if (actor.kind === 'service') throw new AppError('service_token_not_allowed');
}

/** Newest first. Locked the other way round, as `UsageRecorder` does (ADR 21). */
async function liveSecrets(
  transaction: Transaction,
  { app, policy }: LockedApp,
  now: Date,
): Promise<ClientSecret[]> {
  await transaction.query(
    'SELECT FROM client_secret WHERE app_id = $1 AND revoked_at IS NULL ORDER BY id FOR NO KEY UPDATE',
    [app.id],
  );
  const secrets = await transaction.manager.find(ClientSecret, {
    where: { appId: app.id, revokedAt: IsNull() },
    order: { createdAt: 'DESC', id: 'DESC' },
  });
  return secrets.filter((secret) => {
    const end = secretExpiry(secret.createdAt, secret.expiresAt, policy);
    return end === null || end > now;
  });
}
