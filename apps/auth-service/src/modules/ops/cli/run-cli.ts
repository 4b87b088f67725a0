import { parseArgs } from 'node:util';
import { adviceOn, AppError, ConfigError } from '#libs/foundation';
import type { TenantAdministrator } from '../../identity/index.js';
import type { CliCommand, CliOptions, CliResult } from './cli-command.js';
import { machineUser } from './person-name.js';

export interface ParsedCommandLine {
  command: CliCommand;
  options: CliOptions;
  json: boolean;
}

/** @throws ConfigError with the usage text when the words name no command or an option is wrong */
export function parseCommandLine(
  commands: readonly CliCommand[],
  words: readonly string[],
): ParsedCommandLine {
  const command = [...commands]
    .sort((a, b) => b.name.length - a.name.length)
    .find(({ name }) => `${words.join(' ')} `.startsWith(`${name} `));
  if (!command) {
    const asked = words.join(' ').slice(0, 80);
    const problem = words.length > 0 ? `There is no command "${asked}".\n` : '';
    throw new ConfigError(`${problem}${usage(commands)}`);
  }
  const names = Object.keys(command.options);
  try {
    const { values, positionals } = parseArgs({
      args: words.slice(command.name.split(' ').length),
      options: {
        json: { type: 'boolean', default: false },
        ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
      },
      strict: true,
      allowPositionals: command.argument !== undefined,
    });
    const { json, ...named } = values as { json: boolean } & Record<string, string | undefined>;
    const options = withArgument(command, named, positionals);
    const missing = names.filter(
      (name) => command.options[name]?.required && options[name] === undefined,
    );
    if (missing.length > 0)
      throw new ConfigError(`${missing.map((name) => `--${name}`).join(', ')} missing.`);
    return { command, options, json };
  } catch (error) {
    throw new ConfigError(`${(error as Error).message} Usage: ${usageLine(command)}`);
  }
}

function withArgument(
  { argument }: CliCommand,
  named: CliOptions,
  positionals: readonly string[],
): CliOptions {
  if (argument === undefined) return named;
  const [word, ...more] = positionals;
  if (word === undefined || more.length > 0) throw new ConfigError(`One <${argument}> is needed.`);
  return { ...named, [argument]: word };
}

/** The person at the keyboard, as the audit log names them. */
export function cliAdministrator(): TenantAdministrator {
  return {
    kind: 'cli',
    name: machineUser(),
    request: { id: 'cli', ip: '', userAgent: 'knogin-cli' },
  };
}

/** What stdout says without `--json`: a line for each member. */
export function describeResult(result: CliResult): string {
  return Object.entries(result)
    .map(([name, value]) => {
      const isRow = typeof value === 'object' && value !== null;
      return `${name}: ${isRow ? Object.values(value).join(' ') : String(value)}`;
    })
    .join('\n');
}

/** What stderr says of a failure: a sentence, and a line for each place that is named. */
export function describeFailure(error: unknown): string {
  if (error instanceof AppError) {
    const places = (error.errors ?? [])
      .filter(({ message }) => message !== error.detail)
      .map(({ pointer, code, message }) => `\n  ${pointer}: ${message} (${code})`);
    return `${error.detail ?? error.title}${places.join('')}`;
  }
  const { name, message } = error as Error;
  return adviceOn(error) ?? (message || name);
}

function usage(commands: readonly CliCommand[]): string {
  return [
    'Usage:',
    ...commands.map((command) => `  ${usageLine(command)}\n      ${command.summary}`),
  ].join('\n');
}

function usageLine({ name, options, argument }: CliCommand): string {
  const words = Object.entries(options).map(([option, { value, required }]) =>
    required ? `--${option} ${value}` : `[--${option} ${value}]`,
  );
  const word = argument === undefined ? [] : [`<${argument}>`];
  return ['npm run --silent cli --', name, ...word, ...words, '[--json]'].join(' ');
}
