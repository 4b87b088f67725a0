import { userInfo } from 'node:os';
import { ConfigError } from '#libs/foundation';

/** Who a token is minted for: `--as`, or the user of the machine. @throws ConfigError */
export function personName(as: string | undefined): string {
  const name = as ?? userInfo().username;
  if (!/^[\w.@-]{1,64}$/.test(name))
    throw new ConfigError('--as takes 1 to 64 letters, digits and . _ @ - only.');
  return name;
}
