import { AppError, Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { UsersService } from '../users/users.service.js';
import { type TenantAdministrator, TenantsService } from './tenants.service.js';

/** Makes the first tenant and its owner, once in the life of an installation. */
@Injectable()
export class Bootstrap {
  constructor(
    private readonly database: Database,
    private readonly tenants: TenantsService,
    private readonly users: UsersService,
  ) {}

  /** Callers at the same time take turns under a lock. @throws AppError conflict when there is a tenant already */
  async run(
    by: TenantAdministrator,
    input: { slug: string; adminEmail: string },
  ): Promise<{ tenantId: string; userId: string }> {
    return this.database.transaction(async (transaction) => {
      await transaction.query(`SELECT pg_advisory_xact_lock(hashtext('bootstrap'))`);
      const [tenant] = await transaction.query('SELECT FROM tenant LIMIT 1');
      if (tenant)
        throw new AppError('conflict', {
          detail:
            'This installation has a tenant already: use `tenants create` and `users invite`.',
        });
      const { id: tenantId } = await this.tenants.createIn(transaction, by, { slug: input.slug });
      const owner = { tenantId, email: input.adminEmail, role: 'owner' as const };
      const { id: userId } = await this.users.createIn(transaction, by, owner);
      return { tenantId, userId };
    });
  }
}
