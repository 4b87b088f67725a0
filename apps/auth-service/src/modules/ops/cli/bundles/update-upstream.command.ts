import { readFileSync } from 'node:fs';
import { ConfigError } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { UpstreamChanges, updateUpstreamBody, UpstreamsService } from '../../../bundles/index.js';
import type { TenantAdministrator } from '../../../identity/index.js';
import {
  type CliCommand,
  type CliOptions,
  type CliResult,
  requiredOption,
} from '../cli-command.js';
import { asOption, namedAdministrator } from '../named-administrator.js';

@Injectable()
export class UpdateUpstreamCommand implements CliCommand {
  readonly name = 'upstreams update';
  readonly summary = 'Change where an upstream is, how long it may take, or its credential.';
  readonly options = {
    name: { value: '<name>', required: true },
    'base-url': { value: '<url>', required: false },
    'allow-cidrs': { value: '<10.0.0.0/8,…>', required: false },
    'timeout-ms': { value: '<1 to 30000>', required: false },
    'max-response-bytes': { value: '<bytes>', required: false },
    'breaker-failures': { value: '<number>', required: false },
    'breaker-open-ms': { value: '<1 to 600000>', required: false },
    // Not the credential itself: every user of the machine sees the words of a command.
    'credential-file': { value: '<path>', required: false },
    ...asOption,
  };

  constructor(
    private readonly upstreams: UpstreamsService,
    private readonly changes: UpstreamChanges,
  ) {}

  async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
    const name = requiredOption(options, 'name');
    const known = (await this.upstreams.list()).find((row) => row.name === name);
    if (!known) throw new ConfigError(`There is no upstream named ${name}.`);
    const body = updateUpstreamBody.safeParse(toBody(options));
    if (!body.success) {
      const [issue] = body.error.issues;
      const member = String(issue?.path[0]).replaceAll('_', '-');
      const option = member === 'credential' ? 'credential-file' : member;
      throw new ConfigError(`--${option} is not valid: ${issue?.message ?? ''}`);
    }
    const row = await this.changes.update(namedAdministrator(options, by), known.id, body.data);
    return { id: row.id, base_url: row.base_url, auth_mode: row.auth_mode };
  }
}

function toBody(options: CliOptions): Record<string, unknown> {
  const file = options['credential-file'];
  const members = {
    base_url: options['base-url'],
    allow_cidrs: options['allow-cidrs']?.split(','),
    timeout_ms: toNumber(options['timeout-ms']),
    max_response_bytes: toNumber(options['max-response-bytes']),
    breaker_failures: toNumber(options['breaker-failures']),
    breaker_open_ms: toNumber(options['breaker-open-ms']),
    credential: file === undefined ? undefined : readFileSync(file, 'utf8').trim(),
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

const toNumber = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);
