import { Tenant } from '#libs/entities';
import {
  AppError,
  Clock,
  Database,
  Ids,
  type RequestFacts,
  type Transaction,
} from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';

/** Who changes tenants: an operator, over HTTP or the CLI. */
export interface TenantAdministrator {
  kind: 'operator' | 'cli';
  name: string;
  request: Pick<RequestFacts, 'id' | 'ip' | 'userAgent'>;
}

@Injectable()
export class TenantsService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError validation_failed, conflict when the slug is taken */
  async create(by: TenantAdministrator, input: { slug: string; name?: string }): Promise<Tenant> {
    return this.database.transaction((transaction) => this.createIn(transaction, by, input));
  }

  /** As `create`, inside the caller's transaction. */
  async createIn(
    transaction: Transaction,
    by: TenantAdministrator,
    input: { slug: string; name?: string },
  ): Promise<Tenant> {
    if (!/^[a-z0-9](-?[a-z0-9]){0,62}$/.test(input.slug)) {
      throw new AppError('validation_failed', {
        detail: 'A slug is 1 to 63 letters a-z, digits and single hyphens between them.',
        errors: [
          { pointer: '/slug', code: 'invalid_format', message: 'Use a-z, 0-9 and single hyphens.' },
        ],
      });
    }
    const now = this.clock.date();
    const tenant = Object.assign(new Tenant(), {
      id: this.ids.create('ten'),
      slug: input.slug,
      name: input.name ?? input.slug,
      status: 'active',
      governance: {},
      requireIfMatch: false,
      fourEyes: false,
      appLimit: null,
      createdAt: now,
      updatedAt: now,
    } satisfies Tenant);
    const inserted = await transaction.execute(
      `INSERT INTO tenant (id, slug, name, created_at, updated_at) VALUES ($1, $2, $3, $4, $4) ON CONFLICT (slug) DO NOTHING`,
      [tenant.id, tenant.slug, tenant.name, now],
    );
    if (inserted === 0) {
      throw new AppError('conflict', {
        detail: 'A tenant with this slug exists; choose another slug.',
      });
    }
    await this.audit.record(transaction, {
      tenantId: tenant.id,
      actor: { kind: by.kind, id: by.name },
      action: 'tenant.created',
      target: { kind: 'tenant', id: tenant.id },
      request: by.request,
      after: { slug: tenant.slug, name: tenant.name },
    });
    return tenant;
  }

  /** @throws AppError not_found */
  async getBySlug(slug: string): Promise<Tenant> {
    const tenant = await this.database.dataSource.getRepository(Tenant).findOneBy({ slug });
    if (!tenant)
      throw new AppError('not_found', { detail: `There is no tenant with the slug ${slug}.` });
    return tenant;
  }
}
