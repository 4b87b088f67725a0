import { UserAccount } from '#libs/entities';
import { AppError, CursorCodec, Database, type Page, toPage } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import type { ListUsersQuery } from './users.dto.js';

/** Reads of a tenant's people. */
@Injectable()
export class UsersQuery {
  constructor(
    private readonly database: Database,
    private readonly cursors: CursorCodec,
  ) {}

  /** Newest first. @throws AppError invalid_cursor */
  async list(
    tenantId: string,
    { limit, cursor, role }: ListUsersQuery,
  ): Promise<Page<UserAccount>> {
    const scope = JSON.stringify(['users', tenantId, role ?? null]);
    const select = this.database.dataSource.manager
      .createQueryBuilder(UserAccount, 'account')
      .where('account.tenantId = :tenantId', { tenantId })
      .orderBy('account.id', 'DESC')
      .limit(limit + 1);
    if (role) select.andWhere('account.role = :role', { role });
    if (cursor !== undefined) {
      const [id] = this.cursors.decode(scope, cursor);
      select.andWhere('account.id < :id', { id });
    }
    return toPage(await select.getMany(), limit, this.cursors, scope, ({ id }) => [id]);
  }

  /** @throws AppError not_found */
  async getByEmail(tenantId: string, email: string): Promise<UserAccount> {
    const user = await this.database.dataSource.manager.findOneBy(UserAccount, {
      tenantId,
      emailKey: email.toLowerCase(),
    });
    if (!user) throw new AppError('not_found', { detail: 'The tenant has no such user.' });
    return user;
  }
}
