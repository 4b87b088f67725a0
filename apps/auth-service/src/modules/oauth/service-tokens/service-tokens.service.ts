import { type Scope, type ScopeResource, ServiceToken } from '#libs/entities';
import {
  AppError,
  Clock,
  CursorCodec,
  Database,
  Ids,
  type Page,
  type PageQuery,
  toPage,
  type Transaction,
} from '#libs/foundation';
import type { Actor } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { AuthConfig } from '../../../config.js';
import { AppsQuery, AuditLog, lockApp, revokeToken, ScopeCatalogue } from '../../identity/index.js';
import { AccessTokenIssuer } from '../token/access-token.issuer.js';
import { assertMintable, requestedTtlSeconds } from './mint-rules.js';
import { machineScopes } from './machine-scopes.js';
import type { MintBody } from './service-tokens.dto.js';

export interface MintedToken {
  /** Told once. */
  token: string;
  record: ServiceToken;
}

/** Tokens for automation that depend on no person’s session. */
@Injectable()
export class ServiceTokens {
  constructor(
    private readonly database: Database,
    private readonly apps: AppsQuery,
    private readonly catalogue: ScopeCatalogue,
    private readonly issuer: AccessTokenIssuer,
    private readonly audit: AuditLog,
    private readonly cursors: CursorCodec,
    private readonly ids: Ids,
    private readonly clock: Clock,
    private readonly config: AuthConfig,
  ) {}

  /**
   * @throws AppError not_found, service_token_not_allowed, app_suspended, service_tokens_disabled, ip_not_allowed,
   * unknown_scope, scope_not_approved, validation_failed, limit_reached
   */
  async mint(actor: Actor, clientId: string, body: MintBody): Promise<MintedToken> {
    const available = await this.catalogue.availableTo(actor.tenantId);
    return this.database.transaction(async (transaction) => {
      const { app, policy } = await lockApp(transaction, actor, clientId);
      assertMintable(actor, policy);
      const scopes = machineScopes(body.scopes, app.approvedScopes, available);
      const resources = this.resourcesOf(body.resource, scopes);
      await assertRoom(transaction, clientId, this.clock.date());
      const issued = await this.issuer.issue({
        use: 'service',
        subject: clientId,
        tenantId: actor.tenantId,
        clientId,
        scopes,
        ...(resources ? { resources } : {}),
        ttlSeconds: requestedTtlSeconds(body.ttl_seconds, policy),
        alg: policy.signingAlg,
      });
      const record = Object.assign(new ServiceToken(), {
        id: this.ids.create('stk'),
        appId: clientId,
        tenantId: actor.tenantId,
        jti: issued.tokenId,
        scopes: body.scopes,
        label: body.label ?? null,
        createdBy: actor.subject,
        createdAt: this.clock.date(),
        expiresAt: new Date(issued.expiresAt * 1000),
        revokedAt: null,
        lastUsedAt: null,
      } satisfies ServiceToken);
      await transaction.manager.insert(ServiceToken, record);
      await this.record(transaction, actor, 'app.service_token.minted', record);
      return { token: issued.token, record };
    });
  }

  /** Newest first, those that ended included. @throws AppError not_found, invalid_cursor */
  async list(
    actor: Actor,
    clientId: string,
    { limit, cursor }: PageQuery,
  ): Promise<Page<ServiceToken>> {
    await this.apps.get(actor, clientId);
    const scope = JSON.stringify(['service-tokens', actor.tenantId, clientId]);
    const select = this.database.dataSource.manager
      .createQueryBuilder(ServiceToken, 'token')
      .where('token.appId = :clientId AND token.tenantId = :tenantId', {
        clientId,
        tenantId: actor.tenantId,
      })
      .orderBy('token.createdAt', 'DESC')
      .addOrderBy('token.id', 'DESC')
      .limit(limit + 1);
    if (cursor !== undefined) {
      const [createdAt, id] = this.cursors.decode(scope, cursor);
      select.andWhere('(token.createdAt, token.id) < (:createdAt, :id)', { createdAt, id });
    }
    return toPage(await select.getMany(), limit, this.cursors, scope, (token) => [
      token.createdAt.toISOString(),
      token.id,
    ]);
  }

  /** The token is dead at every resource server within seconds. @throws AppError not_found */
  async revoke(actor: Actor, clientId: string, tokenId: string): Promise<void> {
    await this.database.transaction(async (transaction) => {
      await lockApp(transaction, actor, clientId);
      const record = await transaction.manager.findOneBy(ServiceToken, {
        id: tokenId,
        appId: clientId,
        tenantId: actor.tenantId,
        revokedAt: IsNull(),
      });
      if (!record) throw new AppError('not_found');
      await transaction.manager.update(
        ServiceToken,
        { id: tokenId },
        { revokedAt: this.clock.date() },
      );
      await revokeToken(transaction, record.jti, record.expiresAt);
      await this.record(transaction, actor, 'app.service_token.revoked', record);
    });
  }

  /** @throws AppError validation_failed where no scope belongs to the resource */
  private resourcesOf(
    resource: string | undefined,
    scopes: readonly Scope[],
  ): [ScopeResource] | undefined {
    if (resource === undefined) return undefined;
    const urls = this.config.resourceUrls;
    const named = (['auth', 'api'] as const).find((name) => urls[name] === resource);
    if (named && scopes.every((scope) => scope.resources.includes(named))) return [named];
    throw new AppError('validation_failed', {
      detail: 'Correct the members named in errors.',
      errors: [
        {
          pointer: '/resource',
          code: 'invalid_target',
          message: 'Name a resource that every scope belongs to.',
        },
      ],
    });
  }

  private async record(
    transaction: Transaction,
    actor: Actor,
    action: string,
    { id, appId, scopes, label, expiresAt }: ServiceToken,
  ): Promise<void> {
    await this.audit.record(transaction, {
      tenantId: actor.tenantId,
      actor: { kind: actor.kind, id: actor.subject },
      action,
      target: { kind: 'app', id: appId },
      request: actor.request,
      after: { service_token_id: id, scopes, label, expires_at: expiresAt.toISOString() },
    });
  }
}

const mostLiveTokens = 50;

async function assertRoom(transaction: Transaction, clientId: string, now: Date): Promise<void> {
  const [row] = await transaction.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM service_token WHERE app_id = $1 AND revoked_at IS NULL AND expires_at > $2',
    [clientId, now],
  );
  if ((row?.n ?? 0) < mostLiveTokens) return;
  throw new AppError('limit_reached', {
    detail: `An app has at most ${mostLiveTokens} live service tokens; revoke one first.`,
  });
}
