import { AppError, Clock, Database, Ids, type Sql } from '#libs/foundation';
import { isVersionRange, versionRangesMeet } from '#libs/operations';
import { Injectable } from '@nestjs/common';
import { AuditLog, type TenantAdministrator } from '../../identity/index.js';
import { getGrant, grantsInForce, type GrantStatus } from './grant.query.js';

export interface GrantInput {
  clientId: string;
  /** Name of the bundle. */
  bundle: string;
  /** `1.x`, `1.2.x` or `1.2.3`; the default is every version of the newest approved major. */
  versionRange?: string | undefined;
  /** The app's own tenant, which is the default too. */
  tenantId?: string | undefined;
  validFrom?: Date | undefined;
  validUntil?: Date | undefined;
  requestId?: string | undefined;
  costBurst?: number | undefined;
  costPerSecond?: number | undefined;
}

export type GrantAction = 'suspend' | 'resume' | 'revoke';

const CHANGES: Readonly<Record<GrantAction, { from: readonly GrantStatus[]; to: GrantStatus }>> = {
  suspend: { from: ['active'], to: 'suspended' },
  resume: { from: ['suspended'], to: 'active' },
  revoke: { from: ['active', 'suspended'], to: 'revoked' },
};

/** Who may run which bundle: per app, tenant and bundle. A grant never widens a token's scopes. */
@Injectable()
export class GrantsService {
  constructor(
    private readonly database: Database,
    private readonly ids: Ids,
    private readonly clock: Clock,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @returns the grant's id
   * @throws AppError validation_failed where app, tenant or bundle do not exist or do not belong together, or the grant
   * ends before it begins; grant_exists where a grant already covers some of its versions at some of its time
   */
  async create(by: TenantAdministrator, input: GrantInput): Promise<string> {
    const now = this.clock.date();
    const validFrom = input.validFrom ?? now;
    if (input.validUntil && input.validUntil <= validFrom) {
      throw refuse('/valid_until', 'The grant would end before it begins.');
    }
    if (input.versionRange !== undefined && !isVersionRange(input.versionRange)) {
      throw refuse('/version_range', 'Write a version range as 1.x, 1.2.x or 1.2.3.');
    }
    return this.database.transaction(async (transaction) => {
      const [app] = await transaction.query<{ tenant_id: string }>(
        'SELECT tenant_id FROM platform_app WHERE id = $1 AND deleted_at IS NULL FOR UPDATE',
        [input.clientId],
      );
      if (!app) throw refuse('/client_id', 'There is no app with this client id.');
      const tenantId = app.tenant_id;
      if (input.tenantId !== undefined && input.tenantId !== tenantId) {
        throw refuse('/tenant_id', 'The app belongs to another tenant: leave tenant_id out.');
      }
      const [bundle] = await transaction.query<{ id: string; newest: string | null }>(
        `SELECT b.id, (SELECT split_part(v.version, '.', 1) || '.x' FROM bundle_version v
           WHERE v.bundle_id = b.id AND v.status = 'approved'
           ORDER BY split_part(v.version, '.', 1)::int DESC LIMIT 1) AS newest
         FROM operation_bundle b WHERE b.name = $1`,
        [input.bundle],
      );
      if (!bundle) throw refuse('/bundle', 'There is no bundle with this name.');
      const versionRange = input.versionRange ?? bundle.newest;
      if (!versionRange) throw refuse('/bundle', 'No version of the bundle is approved.');
      const period = { from: validFrom, until: input.validUntil };
      await assertUnheld(transaction, { ...input, bundleId: bundle.id, versionRange, period });
      const id = this.ids.create('bgr');
      await transaction.execute(
        `INSERT INTO bundle_grant (id, client_id, tenant_id, bundle_id, version_range, status, valid_from, valid_until,
           request_id, cost_burst, cost_per_second, granted_by, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, 'active', $6, $7, $8, $9, $10, $11, $12, $12)`,
        [
          id,
          input.clientId,
          tenantId,
          bundle.id,
          versionRange,
          validFrom,
          input.validUntil ?? null,
          input.requestId ?? null,
          input.costBurst ?? null,
          input.costPerSecond ?? null,
          by.name,
          now,
        ],
      );
      await this.audit.record(transaction, {
        tenantId,
        actor: { kind: by.kind, id: by.name },
        action: 'bundle_grant.created',
        target: { kind: 'bundle_grant', id },
        request: by.request,
        after: { client_id: input.clientId, bundle: input.bundle, version_range: versionRange },
      });
      return id;
    });
  }

  /** @throws AppError not_found, conflict where the grant is not in a state to change so */
  async change(by: TenantAdministrator, id: string, action: GrantAction): Promise<void> {
    const { from, to } = CHANGES[action];
    await this.database.transaction(async (transaction) => {
      const grant = await getGrant(transaction, id);
      const changed = await transaction.execute(
        'UPDATE bundle_grant SET status = $3, updated_at = $4 WHERE id = $1 AND status = ANY ($2)',
        [id, from, to, this.clock.date()],
      );
      if (changed === 0) {
        throw new AppError('conflict', {
          detail: `The grant is ${grant.status}; only one that is ${from.join(' or ')} can be ${to === 'active' ? 'resumed' : to}.`,
        });
      }
      await this.audit.record(transaction, {
        tenantId: grant.tenant_id,
        actor: { kind: by.kind, id: by.name },
        action: `bundle_grant.${action}`,
        target: { kind: 'bundle_grant', id },
        request: by.request,
        before: { status: grant.status },
        after: { status: to },
      });
    });
  }
}

/**
 * One grant at a time, so that what is revoked is gone. The app's row is locked.
 * @throws AppError grant_exists
 */
async function assertUnheld(
  transaction: Sql,
  wanted: {
    clientId: string;
    bundleId: string;
    versionRange: string;
    period: { from: Date; until: Date | undefined };
  },
): Promise<void> {
  const live = await grantsInForce(transaction, wanted);
  const held = live.find((grant) => versionRangesMeet(grant.version_range, wanted.versionRange));
  if (!held) return;
  throw new AppError('grant_exists', {
    detail: `The grant ${held.id} (${held.version_range}, ${held.status}) already covers this: revoke it first, or resume it.`,
    extensions: { grant_id: held.id },
  });
}

function refuse(pointer: string, message: string): AppError {
  const errors = [{ pointer, code: 'invalid', message }];
  return new AppError('validation_failed', { detail: message, errors });
}
