import { ClientSecret, PlatformApp, Tenant } from '#libs/entities';
import { AppError, CursorCodec, Database, type Page, toPage } from '#libs/foundation';
import type { Actor } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { In, IsNull, type EntityManager } from 'typeorm';
import type { AppView } from './app-response.js';
import type { ListAppsQuery } from './apps.dto.js';

/** Reads of the tenant's apps. */
@Injectable()
export class AppsQuery {
  constructor(
    private readonly database: Database,
    private readonly cursors: CursorCodec,
  ) {}

  /** Newest first. @throws AppError invalid_cursor */
  async list(actor: Actor, query: ListAppsQuery): Promise<Page<AppView>> {
    const { limit, cursor, status, grant_type: grantType } = query;
    const manager = this.database.dataSource.manager;
    const scope = JSON.stringify(['apps', actor.tenantId, status ?? null, grantType ?? null]);
    const select = manager
      .createQueryBuilder(PlatformApp, 'app')
      .where('app.tenantId = :tenantId AND app.deletedAt IS NULL', { tenantId: actor.tenantId })
      .orderBy('app.createdAt', 'DESC')
      .addOrderBy('app.id', 'DESC')
      .limit(limit + 1);
    if (status) select.andWhere('app.status = :status', { status });
    if (grantType) select.andWhere(':grantType = ANY(app.grantTypes)', { grantType });
    if (cursor !== undefined) {
      const [createdAt, id] = this.cursors.decode(scope, cursor);
      select.andWhere('(app.createdAt, app.id) < (:createdAt, :id)', { createdAt, id });
    }
    const page = toPage(await select.getMany(), limit, this.cursors, scope, (app) => [
      app.createdAt.toISOString(),
      app.id,
    ]);
    return { ...page, items: await this.toViews(manager, actor.tenantId, page.items) };
  }

  /**
   * @param manager of the transaction the answer belongs to
   * @throws AppError not_found, also for another tenant's app
   */
  async get(
    actor: Actor,
    clientId: string,
    manager: EntityManager = this.database.dataSource.manager,
  ): Promise<AppView> {
    const app = await manager.findOneBy(PlatformApp, {
      id: clientId,
      tenantId: actor.tenantId,
      deletedAt: IsNull(),
    });
    const [view] = app ? await this.toViews(manager, actor.tenantId, [app]) : [];
    if (!view) throw new AppError('not_found');
    return view;
  }

  private async toViews(
    manager: EntityManager,
    tenantId: string,
    apps: readonly PlatformApp[],
  ): Promise<AppView[]> {
    const tenant = await manager.findOneByOrFail(Tenant, { id: tenantId });
    const secrets = await manager.find(ClientSecret, {
      where: { appId: In(apps.map(({ id }) => id)), revokedAt: IsNull() },
      order: { createdAt: 'DESC', id: 'DESC' },
    });
    const byApp = Map.groupBy(secrets, ({ appId }) => appId);
    return apps.map((app) => ({ app, tenant, secrets: byApp.get(app.id) ?? [] }));
  }
}
