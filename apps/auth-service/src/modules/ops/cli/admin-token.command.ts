import { createHash } from 'node:crypto';
import { ConfigError, Database, encodeId } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import {
  AuditLog,
  ScopeCatalogue,
  type TenantAdministrator,
  TenantsService,
} from '../../identity/index.js';
import { AccessTokenIssuer } from '../../oauth/index.js';
import { type CliCommand, type CliOptions, type CliResult, requiredOption } from './cli-command.js';
import { personName } from './person-name.js';

const ttlSeconds = 3600;

/**
 * Mints an admin token for the service principal of whoever asks; the audit log names both. One person is one principal:
 * a retry under a new token is known by its Idempotency-Key, and nobody is their own second pair of eyes.
 */
@Injectable()
export class AdminTokenCommand implements CliCommand {
  readonly name = 'admin-token';
  readonly summary = 'Mint an admin access token for one hour.';
  readonly options = {
    tenant: { value: '<slug>', required: true },
    as: { value: '<name>', required: false },
  };

  constructor(
    private readonly tenants: TenantsService,
    private readonly scopes: ScopeCatalogue,
    private readonly issuer: AccessTokenIssuer,
    private readonly audit: AuditLog,
    private readonly database: Database,
  ) {}

  async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
    const tenant = await this.tenants.getBySlug(requiredOption(options, 'tenant'));
    if (tenant.status !== 'active')
      throw new ConfigError(
        `The tenant ${tenant.slug} is suspended: its tokens are refused until \`tenants status --slug ${tenant.slug} --to active\`.`,
      );
    const name = personName(options.as);
    const principal = principalOf(tenant.id, name);
    const all = await this.scopes.availableTo(tenant.id);
    const { token, tokenId } = await this.issuer.issue({
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
        after: { as: name, jti: tokenId, ttl_seconds: ttlSeconds },
      }),
    );
    return { access_token: token, expires_in: ttlSeconds, tenant_id: tenant.id };
  }
}

/** The same for a tenant and a name, and no other id: 128 bits of a hash in the form of our ids. */
function principalOf(tenantId: string, name: string): string {
  const digest = createHash('sha256').update(`principal\0${tenantId}\0${name}`).digest('hex');
  return encodeId('app', digest.slice(0, 32));
}
