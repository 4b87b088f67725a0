import { Database, Ids } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import {
  AuditLog,
  ScopeCatalogue,
  type TenantAdministrator,
  TenantsService,
} from '../../identity/index.js';
import { AccessTokenIssuer } from '../../oauth/index.js';
import { type CliCommand, type CliOptions, type CliResult, requiredOption } from './cli-command.js';

const ttlSeconds = 3600;

/** Mints an admin token for a temporary service principal; the audit log names it. */
@Injectable()
export class AdminTokenCommand implements CliCommand {
  readonly name = 'admin-token';
  readonly summary = 'Mint an admin access token for one hour.';
  readonly options = { tenant: { value: '<slug>', required: true } };

  constructor(
    private readonly tenants: TenantsService,
    private readonly scopes: ScopeCatalogue,
    private readonly issuer: AccessTokenIssuer,
    private readonly audit: AuditLog,
    private readonly database: Database,
    private readonly ids: Ids,
  ) {}

  async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
    const tenant = await this.tenants.getBySlug(requiredOption(options, 'tenant'));
    const principal = this.ids.create('app');
    const all = await this.scopes.availableTo(tenant.id);
    const { token, tokenId } = this.issuer.issue({
      use: 'principal',
      subject: principal,
      tenantId: tenant.id,
      clientId: principal,
      scopes: all.filter(
        ({ name, sensitivity }) => sensitivity === 'admin' || name.startsWith('webhooks:'),
      ),
      ttlSeconds,
      alg: 'RS256',
      roles: ['admin'],
    });
    await this.database.transaction((transaction) =>
      this.audit.record(transaction, {
        tenantId: tenant.id,
        actor: { kind: by.kind, id: by.name },
        action: 'admin_token.issued',
        target: { kind: 'service_principal', id: principal },
        request: by.request,
        after: { jti: tokenId, ttl_seconds: ttlSeconds },
      }),
    );
    return { access_token: token, expires_in: ttlSeconds, tenant_id: tenant.id };
  }
}
