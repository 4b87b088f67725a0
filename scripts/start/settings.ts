import path from 'node:path';
import type { PortRequest } from '../ports.ts';
import { StartError } from '../start-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The four listeners, in the order in which they are shown. */
export const LISTENERS = ['auth', 'auth_operator', 'gateway', 'gateway_operator'] as const;
export type ListenerKey = (typeof LISTENERS)[number];

const DEFAULT_PORTS: Record<ListenerKey, number> = {
  auth: 3001,
  auth_operator: 3011,
  gateway: 3002,
  gateway_operator: 3012,
};

/** The part of the environment that starting is about; the apps read and check the rest themselves. */
export interface StartSettings {
  readonly dataDir: string;
  /** Absent: the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined;
  /** Absent: PostgreSQL wakes the workers. */
  readonly redisUrl: string | undefined;
  readonly keyEncryptionKey: string | undefined;
  readonly ports: readonly PortRequest[];
}

export function readSettings(environment: Environment, root: string): StartSettings {
  // An empty variable is an absent one, as for the apps.
  const get = (name: string): string | undefined => environment[name]?.trim() || undefined;
  return {
    dataDir: path.resolve(root, get('DATA_DIR') ?? '.data'),
    databaseUrl: get('DATABASE_URL'),
    redisUrl: get('REDIS_URL'),
    keyEncryptionKey: get('KEY_ENCRYPTION_KEY'),
    ports: LISTENERS.map((listener) => {
      const variable = portVariable(listener);
      return {
        variable,
        host: get(variable.replace('PORT', 'HOST')) ?? '127.0.0.1',
        port: portOf(variable, get(variable) ?? String(DEFAULT_PORTS[listener])),
      };
    }),
  };
}

export function portVariable(listener: ListenerKey): string {
  return `${listener.toUpperCase()}_PORT`;
}

function portOf(variable: string, text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new StartError(`${variable} is not a port: set it to a number from 0 to 65535.`);
  return port;
}
