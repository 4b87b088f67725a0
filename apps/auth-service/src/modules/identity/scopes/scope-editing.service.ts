import { Scope } from '#libs/entities';
import { Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { AuditLog, SYSTEM_TENANT } from '../audit/audit-log.js';
import type { TenantAdministrator } from '../tenants/tenants.service.js';
import { type CatalogueScope, type ScopeBody, toCatalogueScope } from './scope-catalogue.dto.js';

/** Operators extend the catalogue. A scope is deprecated, never removed: tokens and approvals name it. */
@Injectable()
export class ScopeEditing {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  async list(): Promise<CatalogueScope[]> {
    const scopes = await this.database.dataSource.manager.find(Scope, { order: { name: 'ASC' } });
    return scopes.map((scope) => toCatalogueScope(scope));
  }

  /** Adds the scope or replaces what the catalogue says of it. */
  async put(by: TenantAdministrator, name: string, body: ScopeBody): Promise<CatalogueScope> {
    return this.database.transaction(async (transaction) => {
      const before = await transaction.manager.findOneBy(Scope, { name });
      const scope = Object.assign(new Scope(), {
        name,
        descriptionEn: body.description_en,
        descriptionDe: body.description_de,
        resources: body.resources,
        sensitivity: body.sensitivity,
        approval: body.approval,
        grantableTo: body.grantable_to,
        publishedTo: body.published_to,
        deprecated: body.deprecated,
      } satisfies Scope);
      await transaction.manager.upsert(Scope, scope, ['name']);
      const after = toCatalogueScope(scope);
      await this.audit.record(transaction, {
        tenantId: SYSTEM_TENANT,
        actor: { kind: by.kind, id: by.name },
        action: 'scope.put',
        target: { kind: 'scope', id: name },
        request: by.request,
        ...(before ? { before: toCatalogueScope(before) } : {}),
        after,
      });
      return after;
    });
  }
}
