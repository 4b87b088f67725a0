import { Injectable } from '@nestjs/common';
import { type TenantAdministrator, TenantsService } from '../../identity/index.js';
import { EventIngestion } from '../../webhooks/index.js';
import { type CliCommand, type CliOptions, type CliResult, requiredOption } from './cli-command.js';
import { administratorOf, asOption } from './named-administrator.js';

@Injectable()
export class PublishEventCommand implements CliCommand {
  readonly name = 'events publish';
  readonly summary = 'Publish an event to a tenant’s webhooks.';
  readonly options = {
    tenant: { value: '<slug>', required: true },
    type: { value: '<name>', required: true },
    data: { value: '<json>', required: true },
    'dedupe-key': { value: '<key>', required: false },
    ...asOption,
  };

  constructor(
    private readonly tenants: TenantsService,
    private readonly events: EventIngestion,
  ) {}

  async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
    const tenant = await this.tenants.getBySlug(requiredOption(options, 'tenant'));
    const { kind, name } = administratorOf(options, by);
    const dedupeKey = options['dedupe-key'];
    const { id, duplicate } = await this.events.ingest({
      tenantId: tenant.id,
      producer: `${kind}:${name}`,
      type: requiredOption(options, 'type'),
      data: Buffer.from(requiredOption(options, 'data')),
      ...(dedupeKey === undefined ? {} : { dedupeKey }),
    });
    return { id, duplicate };
  }
}
