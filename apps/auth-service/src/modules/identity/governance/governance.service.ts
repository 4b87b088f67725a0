import { AppError, Clock, Database, type EntityTags, type Sql } from '#libs/foundation';
import type { Actor } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { lockApp, type LockedApp, saveApp } from '../apps/lock-app.js';
import { AuditLog } from '../audit/audit-log.js';
import { effectivePolicy } from './effective-policy.js';
import { Endings } from './endings.js';
import { type GovernancePatch, patchGovernance } from './governance-flags.js';
import { applyPolicyChange } from './policy-effects.js';

/** Changes what an app may do. */
@Injectable()
export class GovernanceService {
  constructor(
    private readonly database: Database,
    private readonly endings: Endings,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError not_found, etag_mismatch, if_match_required */
  async update(
    actor: Actor,
    clientId: string,
    patch: GovernancePatch,
    ifMatch: EntityTags | undefined,
  ): Promise<LockedApp> {
    return this.database.transaction(async (transaction) => {
      const before = await lockApp(transaction, actor, clientId, { tags: ifMatch });
      const { app, tenant } = before;
      await assertKnownEvents(transaction, patch.allowed_events ?? []);
      const changes = {
        governance: patchGovernance(app.governance, patch),
        // Null resets: an app is active unless someone suspended it.
        status: patch.status === undefined ? app.status : (patch.status ?? 'active'),
      };
      const next = await saveApp(transaction, app, changes, this.clock.date());
      const after = { app: next, tenant, policy: effectivePolicy({ app: next, tenant }) };
      await applyPolicyChange(transaction, before, after, this.clock.now());
      const ending = { kind: 'app', id: app.id, at: this.clock.date() } as const;
      if (next.status === 'suspended' && app.status !== 'suspended')
        await this.endings.announce(transaction, { ...ending, cause: 'suspended' });
      if (patch.allowed_events !== undefined)
        await this.endings.announce(transaction, { ...ending, cause: 'disapproved' });
      await this.audit.record(transaction, {
        tenantId: actor.tenantId,
        actor: { kind: actor.kind, id: actor.subject },
        action: 'app.governance.updated',
        target: { kind: 'app', id: app.id },
        request: actor.request,
        before: { ...app.governance, status: app.status },
        after: { ...changes.governance, status: changes.status },
      });
      return after;
    });
  }
}

/** A filter that names no event would look as if it let one through. @throws AppError validation_failed */
async function assertKnownEvents(sql: Sql, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const rows = await sql.query<{ name: string }>(
    'SELECT name FROM event_type WHERE name = ANY ($1)',
    [names],
  );
  const known = new Set(rows.map(({ name }) => name));
  const errors = names.flatMap((name, index) =>
    known.has(name)
      ? []
      : [
          {
            pointer: `/allowed_events/${index}`,
            code: 'unknown_event',
            message: 'This event type does not exist.',
          },
        ],
  );
  if (errors.length > 0)
    throw new AppError('validation_failed', {
      detail: 'Correct the members named in errors.',
      errors,
    });
}
