import { ConfigError } from '#libs/foundation';
import type { TenantAdministrator } from '../../identity/index.js';
import type { CliOptions } from './cli-command.js';

/** The option that names the operator: author and approver of a version must differ. */
export const asOption = { as: { value: '<operator>', required: false } } as const;

/** Whoever sits at the keyboard, under the name that operator tokens made here carry (`operator-token --as`). */
export function namedAdministrator(
  options: CliOptions,
  by: TenantAdministrator,
): TenantAdministrator {
  const name = options.as ?? by.name;
  if (!/^[\w.@-]{1,64}$/.test(name)) {
    throw new ConfigError('--as takes 1 to 64 letters, digits and . _ @ - only.');
  }
  return { ...by, name: `opr:${name}` };
}

/** As `namedAdministrator`, and as they are known to the machine where no name is given. */
export function administratorOf(options: CliOptions, by: TenantAdministrator): TenantAdministrator {
  return options.as === undefined ? by : namedAdministrator(options, by);
}
