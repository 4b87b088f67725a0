import { ScopeRequest } from '#libs/entities';
import {
  AppError,
  Clock,
  CursorCodec,
  Database,
  Ids,
  type Page,
  toPage,
  type Transaction,
} from '#libs/foundation';
import type { Actor } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { AppsQuery } from '../apps/apps.query.js';
import { lockApp, saveApp } from '../apps/lock-app.js';
import { AuditLog } from '../audit/audit-log.js';
import { assertRequestable } from '../scopes/requested-scopes.js';
import { ScopeCatalogue } from '../scopes/scope-catalogue.js';
import type { CreateScopeRequestBody, ListScopeRequestsQuery } from './scope-requests.dto.js';

export type Decision = 'approved' | 'denied';

/** Who decides: an admin of the tenant, or an operator for what Knogin reviews. */
export type Decider = Pick<Actor, 'tenantId' | 'subject' | 'request'> & {
  kind: string;
  /** Whether scopes that Knogin reviews may be approved. */
  reviews: boolean;
};

/** The scope-request workflow. */
@Injectable()
export class ScopeRequests {
  constructor(
    private readonly database: Database,
    private readonly apps: AppsQuery,
    private readonly catalogue: ScopeCatalogue,
    private readonly audit: AuditLog,
    private readonly cursors: CursorCodec,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError not_found, unknown_scope, scope_not_approved */
  async create(
    actor: Actor,
    clientId: string,
    body: CreateScopeRequestBody,
  ): Promise<ScopeRequest> {
    assertRequestable(body.scopes, await this.catalogue.availableTo(actor.tenantId));
    return this.database.transaction(async (transaction) => {
      await lockApp(transaction, actor, clientId);
      const request = Object.assign(new ScopeRequest(), {
        id: this.ids.create('scr'),
        appId: clientId,
        tenantId: actor.tenantId,
        scopes: body.scopes,
        justification: body.justification,
        status: 'pending',
        requestedBy: actor.subject,
        decidedBy: null,
        createdAt: this.clock.date(),
        decidedAt: null,
      } satisfies ScopeRequest);
      await transaction.manager.insert(ScopeRequest, request);
      await this.record(transaction, actor, 'app.scope_request.created', request);
      return request;
    });
  }

  /** @throws AppError not_found, also for the request of another app */
  async get(actor: Actor, clientId: string, requestId: string): Promise<ScopeRequest> {
    await this.apps.get(actor, clientId);
    const request = await this.database.dataSource.manager.findOneBy(ScopeRequest, {
      id: requestId,
      appId: clientId,
      tenantId: actor.tenantId,
    });
    if (!request) throw new AppError('not_found');
    return request;
  }

  /** Newest first. @throws AppError not_found, invalid_cursor */
  async list(
    actor: Actor,
    clientId: string,
    { limit, cursor, status }: ListScopeRequestsQuery,
  ): Promise<Page<ScopeRequest>> {
    await this.apps.get(actor, clientId);
    const { tenantId } = actor;
    const scope = JSON.stringify(['scope-requests', tenantId, clientId, status ?? null]);
    const select = this.database.dataSource.manager
      .createQueryBuilder(ScopeRequest, 'request')
      .where('request.appId = :clientId AND request.tenantId = :tenantId', { clientId, tenantId })
      .orderBy('request.createdAt', 'DESC')
      .addOrderBy('request.id', 'DESC')
      .limit(limit + 1);
    if (status) select.andWhere('request.status = :status', { status });
    if (cursor !== undefined) {
      const [createdAt, id] = this.cursors.decode(scope, cursor);
      select.andWhere('(request.createdAt, request.id) < (:createdAt, :id)', { createdAt, id });
    }
    return toPage(await select.getMany(), limit, this.cursors, scope, (request) => [
      request.createdAt.toISOString(),
      request.id,
    ]);
  }

  /**
   * Decides a pending request, once.
   * @throws AppError not_found, conflict when it is decided, self_approval for a requester under four-eyes,
   * scope_not_approved where Knogin reviews the scope
   */
  async decide(
    decider: Decider,
    clientId: string,
    requestId: string,
    decision: Decision,
  ): Promise<ScopeRequest> {
    const available = await this.catalogue.availableTo(decider.tenantId);
    return this.database.transaction(async (transaction) => {
      const { app, tenant } = await lockApp(transaction, decider, clientId);
      const request = await transaction.manager.findOneBy(ScopeRequest, {
        id: requestId,
        appId: clientId,
        tenantId: decider.tenantId,
      });
      if (!request) throw new AppError('not_found');
      if (request.status !== 'pending')
        throw new AppError('conflict', { detail: `The request is ${request.status} already.` });
      if (tenant.fourEyes && request.requestedBy === decider.subject)
        throw new AppError('self_approval', {
          detail: 'Your tenant asks for four eyes: another admin decides your request.',
        });
      // What has been deprecated since can still be denied.
      if (decision === 'approved') {
        const scopes = assertRequestable(request.scopes, available);
        if (!decider.reviews && scopes.some(({ approval }) => approval === 'knogin_review'))
          throw new AppError('scope_not_approved', { detail: 'Knogin reviews this request.' });
        await saveApp(
          transaction,
          app,
          {
            requestedScopes: union(app.requestedScopes, request.scopes),
            approvedScopes: union(app.approvedScopes, request.scopes),
          },
          this.clock.date(),
        );
      }
      const change = {
        status: decision,
        decidedBy: decider.subject,
        decidedAt: this.clock.date(),
      };
      await transaction.manager.update(ScopeRequest, { id: requestId }, change);
      const decided = Object.assign(request, change);
      await this.record(transaction, decider, `app.scope_request.${decision}`, decided);
      return decided;
    });
  }

  /** Whose request it is, for operators, who have no tenant. @throws AppError not_found */
  async find(requestId: string): Promise<ScopeRequest> {
    const request = await this.database.dataSource.manager.findOneBy(ScopeRequest, {
      id: requestId,
    });
    if (!request) throw new AppError('not_found');
    return request;
  }

  private async record(
    transaction: Transaction,
    by: Pick<Decider, 'tenantId' | 'subject' | 'request' | 'kind'>,
    action: string,
    request: ScopeRequest,
  ): Promise<void> {
    await this.audit.record(transaction, {
      tenantId: by.tenantId,
      actor: { kind: by.kind, id: by.subject },
      action,
      target: { kind: 'app', id: request.appId },
      request: by.request,
      after: { scope_request_id: request.id, scopes: request.scopes, status: request.status },
    });
  }
}

const union = (a: readonly string[], b: readonly string[]): string[] => [...new Set([...a, ...b])];
