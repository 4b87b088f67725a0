import { Injectable } from '@nestjs/common';
import { Reseal } from '../keys/reseal.js';
import type { CliCommand, CliResult } from './cli-command.js';

@Injectable()
export class ResealKeysCommand implements CliCommand {
  readonly name = 'keys reseal';
  readonly summary =
    'Seal every key anew under KEY_ENCRYPTION_KEY, so that the previous one can go.';
  readonly options = {};

  constructor(private readonly reseal: Reseal) {}

  async run(): Promise<CliResult> {
    return { resealed: await this.reseal.run() };
  }
}
