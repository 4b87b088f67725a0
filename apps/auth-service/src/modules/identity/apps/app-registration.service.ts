import { ClientSecret, PlatformApp, Tenant } from '#libs/entities';
import { AppError, Clock, Database, Ids, type Transaction } from '#libs/foundation';
import { type Actor, hasRole } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { ScopeCatalogue } from '../scopes/scope-catalogue.js';
import { approveAtOnce } from '../scopes/requested-scopes.js';
import { SecretDigests } from '../secrets/secret-digests.js';
import { type AppView, policyOf } from './app-response.js';
import { assertRegistrable, usesSecret } from './app-rules.js';
import { auditedApp } from './audited-app.js';
import type { CreateAppBody } from './apps.dto.js';

export interface RegisteredApp {
  view: AppView;
  /** Told once; undefined for clients without a secret. */
  clientSecret: string | undefined;
}

/** Registers apps. */
@Injectable()
export class AppRegistration {
  constructor(
    private readonly database: Database,
    private readonly scopes: ScopeCatalogue,
    private readonly digests: SecretDigests,
    private readonly audit: AuditLog,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError validation_failed, invalid_redirect_uri, unknown_scope, scope_not_approved, app_limit_reached */
  async create(actor: Actor, body: CreateAppBody): Promise<RegisteredApp> {
    const available = await this.scopes.availableTo(actor.tenantId);
    return this.database.transaction(async (transaction) => {
      const tenant = await transaction.manager.findOneByOrFail(Tenant, { id: actor.tenantId });
      const mayApprove = hasRole(actor, 'admin') && !tenant.fourEyes;
      const app = this.toEntity(actor, body);
      assertRegistrable(app, policyOf({ app, tenant }));
      app.approvedScopes = approveAtOnce(body.requested_scopes, available, mayApprove);
      await assertRoom(transaction, tenant);
      await transaction.manager.insert(PlatformApp, app as object);
      const secret = await this.createSecret(transaction, app);
      await this.audit.record(transaction, {
        tenantId: actor.tenantId,
        actor: { kind: actor.kind, id: actor.subject },
        action: 'app.created',
        target: { kind: 'app', id: app.id },
        request: actor.request,
        after: { ...auditedApp(app), secret_id: secret?.row.id ?? null },
      });
      const view = { app, tenant, secrets: secret ? [secret.row] : [] };
      return { view, clientSecret: secret?.text };
    });
  }

  private toEntity(actor: Actor, body: CreateAppBody): PlatformApp {
    const now = this.clock.date();
    return Object.assign(new PlatformApp(), {
      id: this.ids.create('app'),
      tenantId: actor.tenantId,
      name: body.name,
      status: 'active',
      applicationType: body.application_type,
      tokenEndpointAuthMethod: body.token_endpoint_auth_method ?? null,
      grantTypes: body.grant_types,
      redirectUris: body.redirect_uris,
      requestedScopes: body.requested_scopes,
      approvedScopes: [],
      governance: {},
      jwks: body.jwks ?? null,
      contacts: body.contacts,
      policyUri: body.policy_uri ?? null,
      firstParty: false,
      version: 1,
      createdBy: actor.subject,
      createdAt: now,
      updatedAt: now,
      deletedAt: null,
    } satisfies PlatformApp);
  }

  private async createSecret(
    transaction: Transaction,
    app: PlatformApp,
  ): Promise<{ row: ClientSecret; text: string } | undefined> {
    if (!usesSecret(app.tokenEndpointAuthMethod)) return undefined;
    const { secret, digest, hint } = this.digests.create();
    const row = Object.assign(new ClientSecret(), {
      id: this.ids.create('sec'),
      appId: app.id,
      tenantId: app.tenantId,
      digest,
      hint,
      createdAt: app.createdAt,
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
    } satisfies ClientSecret);
    await transaction.manager.insert(ClientSecret, row);
    return { row, text: secret };
  }
}

/** Counts no further than the limit: a tenant without one pays nothing. */
async function assertRoom(transaction: Transaction, tenant: Tenant): Promise<void> {
  if (tenant.appLimit === null) return;
  await transaction.query(`SELECT pg_advisory_xact_lock(hashtextextended('app_limit:' || $1, 0))`, [
    tenant.id,
  ]);
  const [row] = await transaction.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM (SELECT FROM platform_app WHERE tenant_id = $1 AND deleted_at IS NULL LIMIT $2) page`,
    [tenant.id, tenant.appLimit],
  );
  if ((row?.n ?? 0) >= tenant.appLimit)
    throw new AppError('app_limit_reached', {
      detail: `Your tenant may have ${tenant.appLimit} apps; delete one first.`,
    });
}
