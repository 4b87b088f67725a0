import { ConfigError } from '#libs/foundation';
import type { TenantAdministrator } from '../../identity/index.js';

/** A command's answer: the one JSON object of `--json`, member names as on the wire. */
export type CliResult = Readonly<Record<string, CliValue | Readonly<Record<string, CliValue>>>>;

export type CliValue = string | number | boolean | null;

export type CliOptions = Readonly<Record<string, string | undefined>>;

/** One command of the CLI, one file. */
export interface CliCommand {
  /** The words that call it: `tenants create`. */
  readonly name: string;
  /** One line for the usage text. */
  readonly summary: string;
  /** Options by name; the text says what the value is. */
  readonly options: Readonly<Record<string, { value: string; required: boolean }>>;
  /** The one word that follows the name without `--`, where the command takes one; it stands among the options. */
  readonly argument?: string;
  run(options: CliOptions, by: TenantAdministrator): Promise<CliResult>;
}

/** An option the declaration calls required. */
export function requiredOption(options: CliOptions, name: string): string {
  const value = options[name];
  if (value === undefined) throw new ConfigError(`--${name} is missing.`);
  return value;
}
