import { PlatformApp, type Scope } from '#libs/entities';
import { Clock, Database, type EntityTags, type Sql } from '#libs/foundation';
import { type Actor, hasRole } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { effectivePolicy } from '../governance/effective-policy.js';
import { Endings } from '../governance/endings.js';
import { applyPolicyChange, endLastingOf, endTokensOf } from '../governance/policy-effects.js';
import { approveAtOnce } from '../scopes/requested-scopes.js';
import { ScopeCatalogue } from '../scopes/scope-catalogue.js';
import type { AppView } from './app-response.js';
import { assertRegistrable, usesSecret } from './app-rules.js';
import type { UpdateAppBody } from './apps.dto.js';
import { AppsQuery } from './apps.query.js';
import { auditedApp } from './audited-app.js';
import { lockApp, saveApp } from './lock-app.js';

/** Changes and ends apps. */
@Injectable()
export class AppChanges {
  constructor(
    private readonly database: Database,
    private readonly apps: AppsQuery,
    private readonly catalogue: ScopeCatalogue,
    private readonly endings: Endings,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Absent means keep, null means clear.
   * @throws AppError not_found, etag_mismatch, if_match_required, and all that registration may refuse
   */
  async update(
    actor: Actor,
    clientId: string,
    body: UpdateAppBody,
    ifMatch: EntityTags | undefined,
  ): Promise<AppView> {
    const available = await this.catalogue.availableTo(actor.tenantId);
    return this.database.transaction(async (transaction) => {
      const before = await lockApp(transaction, actor, clientId, { tags: ifMatch });
      const { app, tenant } = before;
      const mayApprove = hasRole(actor, 'admin') && !tenant.fourEyes;
      const changes = toChanges(app, body, available, mayApprove);
      const next = Object.assign(new PlatformApp(), app, changes);
      const policy = effectivePolicy({ app: next, tenant });
      assertRegistrable(next, policy);
      const now = this.clock.date();
      await saveApp(transaction, app, changes, now);
      if (!usesSecret(next.tokenEndpointAuthMethod)) await revokeSecrets(transaction, app.id, now);
      // What governance leaves open follows from the grants.
      await applyPolicyChange(transaction, before, { app: next, tenant, policy }, now.getTime());
      await this.audit.record(transaction, {
        tenantId: actor.tenantId,
        actor: { kind: actor.kind, id: actor.subject },
        action: 'app.updated',
        target: { kind: 'app', id: app.id },
        request: actor.request,
        before: auditedApp(app),
        after: auditedApp(next),
      });
      return this.apps.get(actor, clientId, transaction.manager);
    });
  }

  /**
   * Soft: the row stays for the history, and nothing it ever issued works any more.
   * @throws AppError not_found, etag_mismatch, if_match_required
   */
  async delete(actor: Actor, clientId: string, ifMatch: EntityTags | undefined): Promise<void> {
    await this.database.transaction(async (transaction) => {
      const { app } = await lockApp(transaction, actor, clientId, { tags: ifMatch });
      const now = this.clock.date();
      await saveApp(transaction, app, { deletedAt: now }, now);
      await revokeSecrets(transaction, app.id, now);
      await endTokensOf(transaction, 'app', app.id, now.getTime());
      await endLastingOf(transaction, 'app', app.id, now.getTime());
      await this.endings.announce(transaction, {
        kind: 'app',
        id: app.id,
        cause: 'deleted',
        at: now,
      });
      await this.audit.record(transaction, {
        tenantId: actor.tenantId,
        actor: { kind: actor.kind, id: actor.subject },
        action: 'app.deleted',
        target: { kind: 'app', id: app.id },
        request: actor.request,
        before: auditedApp(app),
      });
    });
  }
}

function toChanges(
  app: PlatformApp,
  body: UpdateAppBody,
  available: readonly Scope[],
  mayApprove: boolean,
): Partial<PlatformApp> {
  return {
    name: body.name ?? app.name,
    grantTypes: body.grant_types ?? app.grantTypes,
    redirectUris: body.redirect_uris ?? app.redirectUris,
    tokenEndpointAuthMethod: given(body.token_endpoint_auth_method, app.tokenEndpointAuthMethod),
    applicationType: body.application_type ?? app.applicationType,
    jwks: given(body.jwks, app.jwks),
    contacts: given(body.contacts, app.contacts) ?? [],
    policyUri: given(body.policy_uri, app.policyUri),
    ...(body.requested_scopes === undefined
      ? {}
      : scopeChanges(app, body.requested_scopes, available, mayApprove)),
  };
}

const given = <T>(value: T | undefined, current: T): T => (value === undefined ? current : value);

/** What was approved stays approved while it is asked for; what is new is judged as at registration. */
function scopeChanges(
  app: PlatformApp,
  requested: readonly string[],
  available: readonly Scope[],
  mayApprove: boolean,
): Pick<PlatformApp, 'requestedScopes' | 'approvedScopes'> {
  const added = requested.filter((name) => !app.requestedScopes.includes(name));
  const pointerOf = (name: string): string => `/requested_scopes/${requested.indexOf(name)}`;
  const atOnce = approveAtOnce(added, available, mayApprove, pointerOf);
  return {
    requestedScopes: [...requested],
    approvedScopes: requested.filter(
      (name) => app.approvedScopes.includes(name) || atOnce.includes(name),
    ),
  };
}

/** In one order, as `UsageRecorder` locks them (ADR 21). */
async function revokeSecrets(sql: Sql, appId: string, now: Date): Promise<void> {
  await sql.execute(
    `WITH live AS (SELECT id FROM client_secret WHERE app_id = $1 AND revoked_at IS NULL ORDER BY id FOR NO KEY UPDATE)
     UPDATE client_secret SET revoked_at = $2 FROM live WHERE client_secret.id = live.id`,
    [appId, now],
  );
}
