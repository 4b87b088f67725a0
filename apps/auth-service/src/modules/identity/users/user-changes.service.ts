import { UserAccount } from '#libs/entities';
import { AppError, Clock, Database, type Transaction } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { endLastingOf, revokeTokensOf } from '../governance/policy-effects.js';
import type { TenantAdministrator } from '../tenants/tenants.service.js';
import type { UpdateUserBody } from './users.dto.js';

/** Roles and states of a tenant's people. */
@Injectable()
export class UserChanges {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * A change of role or a suspension ends the tokens issued so far: they carry the old role. A suspension ends
   * sessions and refresh tokens as well.
   * @throws AppError not_found, conflict where the tenant would lose its last owner
   */
  async update(
    by: TenantAdministrator,
    tenantId: string,
    userId: string,
    body: UpdateUserBody,
  ): Promise<UserAccount> {
    return this.database.transaction(async (transaction) => {
      // One change of people at a time in a tenant: two owners must not demote each other at once.
      await transaction.query('SELECT FROM tenant WHERE id = $1 FOR NO KEY UPDATE', [tenantId]);
      // Locked before it is read: an enrolment may be under way, whose status would be written over.
      const user = await transaction.manager.findOne(UserAccount, {
        where: { id: userId, tenantId },
        lock: { mode: 'for_no_key_update' },
      });
      if (!user) throw new AppError('not_found');
      const changes = {
        role: body.role ?? user.role,
        status: body.status ?? user.status,
        displayName: body.display_name ?? user.displayName,
        updatedAt: this.clock.date(),
      };
      const next = Object.assign(new UserAccount(), user, changes);
      await transaction.manager.update(UserAccount, { id: userId }, changes);
      await assertOwner(transaction, tenantId, user, next);
      if (next.role !== user.role || next.status === 'suspended')
        await revokeTokensOf(transaction, 'user', userId, this.clock.now());
      // Also at the end of a suspension: a login may have been under way when it began.
      if (next.status === 'suspended' || user.status === 'suspended')
        await endLastingOf(transaction, 'user', userId, this.clock.now());
      await this.audit.record(transaction, {
        tenantId,
        actor: { kind: by.kind, id: by.name },
        action: 'user.updated',
        target: { kind: 'user', id: userId },
        request: by.request,
        before: { role: user.role, status: user.status, display_name: user.displayName },
        after: { role: next.role, status: next.status, display_name: next.displayName },
      });
      return next;
    });
  }
}

async function assertOwner(
  transaction: Transaction,
  tenantId: string,
  before: UserAccount,
  after: UserAccount,
): Promise<void> {
  const isOwner = ({ role, status }: UserAccount): boolean =>
    role === 'owner' && status !== 'suspended';
  if (!isOwner(before) || isOwner(after)) return;
  const [other] = await transaction.query(
    `SELECT FROM user_account WHERE tenant_id = $1 AND role = 'owner' AND status <> 'suspended' LIMIT 1`,
    [tenantId],
  );
  if (!other) throw new AppError('conflict', { detail: 'A tenant keeps at least one owner.' });
}
