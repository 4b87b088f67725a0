import { ConfigError } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { type TenantAdministrator, TenantsService } from '../../identity/index.js';
import { TenantKeyRotation } from '../../webhooks/index.js';
import { type CliCommand, type CliOptions, type CliResult, requiredOption } from './cli-command.js';
import { administratorOf, asOption } from './named-administrator.js';

const DAY_SECONDS = 86_400;
const LONGEST_OVERLAP_SECONDS = 7 * DAY_SECONDS;

@Injectable()
export class RotateWebhookKeysCommand implements CliCommand {
  readonly name = 'webhook-keys rotate';
  readonly summary = 'Give a tenant another Ed25519 key for the v1a signatures of its webhooks.';
  readonly options = {
    tenant: { value: '<slug>', required: true },
    'overlap-seconds': { value: '<0 to 604800>', required: false },
    ...asOption,
  };

  constructor(
    private readonly tenants: TenantsService,
    private readonly rotation: TenantKeyRotation,
  ) {}

  async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
    const overlap = options['overlap-seconds'] ?? String(DAY_SECONDS);
    if (!/^\d{1,6}$/.test(overlap) || Number(overlap) > LONGEST_OVERLAP_SECONDS)
      throw new ConfigError('--overlap-seconds takes 0 to 604800.');
    const { id } = await this.tenants.getBySlug(requiredOption(options, 'tenant'));
    const change = await this.rotation.rotate(administratorOf(options, by), id, Number(overlap));
    return {
      kid: change.current,
      former_kid: change.former,
      former_until: change.formerUntil.toISOString(),
    };
  }
}
