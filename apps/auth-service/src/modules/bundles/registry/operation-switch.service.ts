import { AppError, Clock, Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { AuditLog, SYSTEM_TENANT, type TenantAdministrator } from '../../identity/index.js';
import type { VersionName } from './bundle-versions.service.js';

/** The kill switch: one operation stops at once, as if it had never existed, and its version stays as it is. */
@Injectable()
export class OperationSwitch {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError not_found */
  async block(by: TenantAdministrator, name: VersionName, operation: string): Promise<void> {
    await this.turn(by, name, operation, 'blocked', [this.clock.date(), by.name]);
  }

  /** @throws AppError not_found */
  async unblock(by: TenantAdministrator, name: VersionName, operation: string): Promise<void> {
    await this.turn(by, name, operation, 'unblocked', [null, null]);
  }

  private async turn(
    by: TenantAdministrator,
    { bundle, version }: VersionName,
    operation: string,
    action: 'blocked' | 'unblocked',
    values: readonly [Date | null, string | null],
  ): Promise<void> {
    await this.database.transaction(async (transaction) => {
      const [row] = await transaction.query<{ id: string }>(
        `UPDATE bundle_operation o SET blocked_at = $4, blocked_by = $5
         FROM bundle_version v JOIN operation_bundle b ON b.id = v.bundle_id
         WHERE o.version_id = v.id AND b.name = $1 AND v.version = $2 AND o.operation_name = $3 RETURNING o.id`,
        [bundle, version, operation, ...values],
      );
      if (!row) throw new AppError('not_found', { detail: 'There is no such operation.' });
      await this.audit.record(transaction, {
        tenantId: SYSTEM_TENANT,
        actor: { kind: by.kind, id: by.name },
        action: `bundle_operation.${action}`,
        target: { kind: 'bundle_operation', id: row.id },
        request: by.request,
        after: { bundle, version, operation },
      });
    });
  }
}
