import { AppError, Clock, Database, Ids } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { AuditLog, type TenantAdministrator } from '../../identity/index.js';
import { getGrant, type GrantStatus } from './grant.query.js';

export interface GrantInput {
  clientId: string;
  /** Name of the bundle. */
  bundle: string;
  /** `1.x`, `1.2.x` or `1.2.3`; the default is every version of the newest approved major. */
  versionRange?: string | undefined;
  /** The default is the app's own tenant. */
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
   * @throws AppError validation_failed where app, tenant or bundle do not exist, or the grant ends before it begins
   */
  async create(by: TenantAdministrator, input: GrantInput): Promise<string> {
    const now = this.clock.date();
    const validFrom = input.validFrom ?? now;
    if (input.validUntil && input.validUntil <= validFrom) {
      throw refuse('/valid_until', 'The grant would end before it begins.');
    }
    return this.database.transaction(async (transaction) => {
      const [app] = await transaction.query<{ tenant_id: string }>(
        'SELECT tenant_id FROM platform_app WHERE id = $1 AND deleted_at IS NULL',
        [input.clientId],
      );
      if (!app) throw refuse('/client_id', 'There is no app with this client id.');
      const tenantId = input.tenantId ?? app.tenant_id;
      const tenants = await transaction.query('SELECT 1 FROM tenant WHERE id = $1', [tenantId]);
      if (tenants.length === 0) throw refuse('/tenant_id', 'There is no tenant with this id.');
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
        const detail = `A grant that is ${grant.status} cannot be the object of ${action}.`;
        throw new AppError('conflict', { detail });
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

function refuse(pointer: string, message: string): AppError {
  const errors = [{ pointer, code: 'invalid', message }];
  return new AppError('validation_failed', { detail: message, errors });
}
