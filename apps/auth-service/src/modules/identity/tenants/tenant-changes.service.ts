import { isDeepStrictEqual } from 'node:util';
import { PlatformApp, Tenant } from '#libs/entities';
import { AppError, Clock, Database, type Transaction } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { AuditLog } from '../audit/audit-log.js';
import { effectivePolicy } from '../governance/effective-policy.js';
import { Endings } from '../governance/endings.js';
import { patchGovernance } from '../governance/governance-flags.js';
import { applyStatusChange, revokeServiceTokens } from '../governance/policy-effects.js';
import { toTenant, type UpdateTenantBody } from './tenants.dto.js';
import type { TenantAdministrator } from './tenants.service.js';

/** What operators change of a tenant. */
@Injectable()
export class TenantChanges {
  constructor(
    private readonly database: Database,
    private readonly endings: Endings,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError not_found */
  async update(by: TenantAdministrator, tenantId: string, body: UpdateTenantBody): Promise<Tenant> {
    return this.database.transaction(async (transaction) => {
      const tenant = await transaction.manager.findOne(Tenant, {
        where: { id: tenantId },
        lock: { mode: 'for_no_key_update' },
      });
      if (!tenant) throw new AppError('not_found');
      const now = this.clock.date();
      const changes = {
        name: body.name ?? tenant.name,
        status: body.status ?? tenant.status,
        governance: patchGovernance(tenant.governance, body.governance ?? {}),
        requireIfMatch: body.require_if_match ?? tenant.requireIfMatch,
        fourEyes: body.four_eyes ?? tenant.fourEyes,
        appLimit: body.app_limit === undefined ? tenant.appLimit : body.app_limit,
        updatedAt: now,
      };
      const next = Object.assign(new Tenant(), tenant, changes);
      await transaction.manager.update(Tenant, { id: tenantId }, changes as object);
      await this.applyToApps(transaction, tenant, next, now);
      await this.audit.record(transaction, {
        tenantId,
        actor: { kind: by.kind, id: by.name },
        action: 'tenant.updated',
        target: { kind: 'tenant', id: tenantId },
        request: by.request,
        before: toTenant(tenant),
        after: toTenant(next),
      });
      return next;
    });
  }

  /** What the change does to tokens already issued, and to what readers hold of the tenant's apps. */
  private async applyToApps(
    transaction: Transaction,
    before: Tenant,
    after: Tenant,
    now: Date,
  ): Promise<void> {
    const nowMs = now.getTime();
    const governed = JSON.stringify(before.governance) !== JSON.stringify(after.governance);
    if (!governed && before.status === after.status) return;
    // The effective policy is part of each app's representation, so its ETag must change too. Whoever changes one app
    // holds it before its grants and tokens (ADR 21).
    await transaction.execute(
      `WITH app AS (SELECT id FROM platform_app WHERE tenant_id = $1 AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE)
       UPDATE platform_app SET version = version + 1 FROM app WHERE platform_app.id = app.id`,
      [after.id],
    );
    await applyStatusChange(transaction, 'tenant', before, after, nowMs);
    const apps = await transaction.manager.findBy(PlatformApp, {
      tenantId: after.id,
      deletedAt: IsNull(),
    });
    const mayMint = (app: PlatformApp, tenant: Tenant): boolean =>
      effectivePolicy({ app, tenant }).allowServiceTokens;
    const losing = apps.filter((app) => mayMint(app, before) && !mayMint(app, after));
    await revokeServiceTokens(
      transaction,
      losing.map(({ id }) => id),
      nowMs,
    );
    const ending = { kind: 'tenant', id: after.id, at: now } as const;
    if (after.status === 'suspended' && before.status !== 'suspended')
      await this.endings.announce(transaction, { ...ending, cause: 'suspended' });
    if (!isDeepStrictEqual(before.governance.allowed_events, after.governance.allowed_events))
      await this.endings.announce(transaction, { ...ending, cause: 'disapproved' });
  }
}
