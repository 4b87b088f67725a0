import { Tenant } from '#libs/entities';
import { AppError, CursorCodec, Database, type Page, toPage } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import type { ListTenantsQuery } from './tenants.dto.js';

/** Reads of tenants, for operators. */
@Injectable()
export class TenantsQuery {
  constructor(
    private readonly database: Database,
    private readonly cursors: CursorCodec,
  ) {}

  /** Newest first: ids ascend with time. @throws AppError invalid_cursor */
  async list({ limit, cursor, slug }: ListTenantsQuery): Promise<Page<Tenant>> {
    const scope = JSON.stringify(['tenants', slug ?? null]);
    const select = this.database.dataSource.manager
      .createQueryBuilder(Tenant, 'tenant')
      .orderBy('tenant.id', 'DESC')
      .limit(limit + 1);
    if (slug !== undefined) select.andWhere('tenant.slug = :slug', { slug });
    if (cursor !== undefined) {
      const [id] = this.cursors.decode(scope, cursor);
      select.andWhere('tenant.id < :id', { id });
    }
    return toPage(await select.getMany(), limit, this.cursors, scope, ({ id }) => [id]);
  }

  /** @throws AppError not_found */
  async get(tenantId: string): Promise<Tenant> {
    const tenant = await this.database.dataSource.manager.findOneBy(Tenant, { id: tenantId });
    if (!tenant) throw new AppError('not_found');
    return tenant;
  }
}
