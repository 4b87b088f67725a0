import { type UserRole, type UserStatus } from '#libs/entities';
import { AppError, Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { AuditLog, type TenantAdministrator, UsersService } from '../../identity/index.js';
import { OneTimeLinks } from '../links/one-time-links.service.js';

/** Invites people: makes the user where there is none, and a link to choose a password. */
@Injectable()
export class Invitations {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly links: OneTimeLinks,
    private readonly audit: AuditLog,
  ) {}

  /** Inviting again voids the earlier link. @throws AppError conflict when the user is enrolled already */
  async invite(
    by: TenantAdministrator,
    user: { tenantId: string; email: string; role: UserRole },
  ): Promise<{ userId: string; enrolmentUrl: string }> {
    return this.database.transaction(async (transaction) => {
      const [known] = await transaction.query<{ id: string; status: UserStatus }>(
        'SELECT id, status FROM user_account WHERE tenant_id = $1 AND email_key = $2 FOR UPDATE',
        [user.tenantId, user.email.toLowerCase()],
      );
      if (known && known.status !== 'invited')
        throw new AppError('conflict', { detail: 'This user is enrolled already.' });
      const userId = known?.id ?? (await this.users.createIn(transaction, by, user)).id;
      await this.audit.record(transaction, {
        tenantId: user.tenantId,
        actor: { kind: by.kind, id: by.name },
        action: 'user.invited',
        target: { kind: 'user', id: userId },
        request: by.request,
      });
      return { userId, enrolmentUrl: await this.links.create(transaction, userId, 'enrol') };
    });
  }
}
