import { userInfo } from 'node:os';
import { ConfigError } from '#libs/foundation';

/** The user of the machine; one that has no name, as a container may run under, is named by its number: uid-1234. */
export function machineUser(look: () => { username: string } = userInfo): string {
  try {
    return look().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}

/** Who a token is minted for: `--as`, or the user of the machine. @throws ConfigError */
export function personName(as: string | undefined): string {
  const name = as ?? machineUser();
  if (!/^[\w.@-]{1,64}$/.test(name))
    throw new ConfigError('--as takes 1 to 64 letters, digits and . _ @ - only.');
  return name;
}
