import { UserAccount, type UserRole } from '#libs/entities';
import { AppError, Clock, Database, Ids, type Transaction } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import type { TenantAdministrator } from '../tenants/tenants.service.js';

export interface NewUser {
  tenantId: string;
  email: string;
  role: UserRole;
  displayName?: string;
}

/** The people of a tenant, as operators keep them. */
@Injectable()
export class UsersService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** An invited user: no password yet. @throws AppError not_found, conflict when the address is taken */
  async create(by: TenantAdministrator, user: NewUser): Promise<UserAccount> {
    return this.database.transaction((transaction) => this.createIn(transaction, by, user));
  }

  /** As `create`, inside the caller's transaction. */
  async createIn(
    transaction: Transaction,
    by: TenantAdministrator,
    user: NewUser,
  ): Promise<UserAccount> {
    const now = this.clock.date();
    const row = Object.assign(new UserAccount(), {
      id: this.ids.create('usr'),
      tenantId: user.tenantId,
      email: user.email,
      emailKey: user.email.toLowerCase(),
      displayName: user.displayName ?? '',
      role: user.role,
      status: 'invited',
      passwordHash: null,
      createdAt: now,
      updatedAt: now,
    } satisfies UserAccount);
    const inserted = await transaction.execute(
      `INSERT INTO user_account (id, tenant_id, email, email_key, display_name, role, status, created_at, updated_at)
       SELECT $1, tenant.id, $3, $4, $5, $6, 'invited', $7, $7 FROM tenant WHERE tenant.id = $2
       ON CONFLICT (tenant_id, email_key) DO NOTHING`,
      [row.id, row.tenantId, row.email, row.emailKey, row.displayName, row.role, now],
    );
    if (inserted === 0)
      throw new AppError('conflict', {
        detail: 'The tenant has a user with this address already, or does not exist.',
      });
    await this.audit.record(transaction, {
      tenantId: row.tenantId,
      actor: { kind: by.kind, id: by.name },
      action: 'user.created',
      target: { kind: 'user', id: row.id },
      request: by.request,
      after: { email: row.email, role: row.role, status: row.status },
    });
    return row;
  }
}
