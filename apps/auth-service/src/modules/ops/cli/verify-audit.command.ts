import { Injectable } from '@nestjs/common';
import { ConfigError } from '#libs/foundation';
import { AuditRetention, SYSTEM_TENANT, TenantsService } from '../../identity/index.js';
import { type CliCommand, type CliOptions, type CliResult, requiredOption } from './cli-command.js';

@Injectable()
export class VerifyAuditCommand implements CliCommand {
  readonly name = 'audit verify';
  readonly summary = 'Follow a tenant’s audit chain to its end, or that of `system`.';
  readonly options = { tenant: { value: '<slug>', required: true } };

  constructor(
    private readonly retention: AuditRetention,
    private readonly tenants: TenantsService,
  ) {}

  async run(options: CliOptions): Promise<CliResult> {
    const slug = requiredOption(options, 'tenant');
    const id = slug === SYSTEM_TENANT ? SYSTEM_TENANT : (await this.tenants.getBySlug(slug)).id;
    const { entries, brokenAtSeq } = await this.retention.verify(id);
    if (brokenAtSeq !== null) throw new ConfigError(`The chain is broken at entry ${brokenAtSeq}.`);
    return { entries, intact: true };
  }
}
