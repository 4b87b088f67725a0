import { z } from 'zod';
import { CidrList } from '../http/client-ip.js';
import { ConfigError, listVariable, portVariable } from './parse-environment.js';
import {
  cidrsVariable,
  dnsServersVariable,
  issuerVariable,
  keyEncryptionKeyVariable,
  logLevelVariable,
  urlVariable,
} from './variables.js';

/** The variables that both apps read: the same rule and default in each. */
export const sharedVariables = {
  DATABASE_URL: z.string({
    error: 'set it to a PostgreSQL URL, or use `npm start`, which brings its own database',
  }),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(2).max(200).default(20),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  REDIS_KEY_PREFIX: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .default('knogin'),
  AUTH_PORT: portVariable.default(3001),
  AUTH_ISSUER: issuerVariable.optional(),
  GATEWAY_PORT: portVariable.default(3002),
  GATEWAY_RESOURCE: urlVariable.optional(),
  KEY_ENCRYPTION_KEYS_PREVIOUS: listVariable.pipe(z.array(keyEncryptionKeyVariable)).default([]),
  EGRESS_DNS_SERVERS: dnsServersVariable.default([]),
  RATE_LIMIT_SCALE: z.coerce.number().min(0).default(1),
  TRUSTED_PROXIES: cidrsVariable.default(new CidrList([])),
  LOG_LEVEL: logLevelVariable.default('info'),
};

type SharedVariables = z.output<z.ZodObject<typeof sharedVariables>>;

/** `iss` of every token and the base of every published URL. @throws ConfigError where nothing tells it */
export function issuerOf({ AUTH_ISSUER, AUTH_PORT }: SharedVariables): string {
  return AUTH_ISSUER ?? loopbackUrl(AUTH_PORT, 'AUTH_PORT', 'AUTH_ISSUER');
}

/** `aud` of the gateway. @throws ConfigError where nothing tells it */
export function gatewayResourceOf({ GATEWAY_RESOURCE, GATEWAY_PORT }: SharedVariables): string {
  return GATEWAY_RESOURCE ?? loopbackUrl(GATEWAY_PORT, 'GATEWAY_PORT', 'GATEWAY_RESOURCE');
}

function loopbackUrl(port: number, portName: string, urlName: string): string {
  if (port === 0)
    throw new ConfigError(
      `${urlName} must be set where ${portName} is 0: the URL is signed into every token.`,
    );
  return `http://127.0.0.1:${port}`;
}
