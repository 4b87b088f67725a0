import { Resolver } from 'node:dns/promises';
import { z } from 'zod';
import { CidrList } from '../http/client-ip.js';
import { normalizeCidr } from '../http/ip-address.js';
import { listVariable } from './parse-environment.js';

/** An http(s) URL without a slash at the end. */
export const urlVariable = z
  .url({ protocol: /^https?$/ })
  .refine((text) => !text.endsWith('/'), 'leave out the slash at the end');

const loopbackHosts: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** An issuer (RFC 8414 section 2): https, without query and fragment. Plain http is for this machine alone. */
export const issuerVariable = urlVariable.superRefine((text, context) => {
  if (!URL.canParse(text)) return;
  const url = new URL(text);
  const refuse = (message: string): void => context.addIssue({ code: 'custom', message });
  if (url.protocol === 'http:' && !loopbackHosts.includes(url.hostname))
    refuse('it must be https; plain http is for localhost, 127.0.0.1 and [::1] alone');
  if (/[?#]/.test(text) || url.username !== '' || url.password !== '')
    refuse('it must have neither query nor fragment, and no user name');
});

/** 32 bytes in base64. */
export const keyEncryptionKeyVariable = z
  .string()
  .refine(
    (text) => /^[A-Za-z0-9+/]{43}=$/.test(text),
    'it must be 32 random bytes in base64: make one with `openssl rand -base64 32`',
  );

/** Comma-separated blocks of addresses. */
export const cidrsVariable = listVariable.transform((texts, context) => {
  try {
    return new CidrList(texts.map(normalizeCidr));
  } catch (error) {
    context.addIssue({
      code: 'custom',
      message: `it must be a comma-separated list of CIDR blocks. ${(error as Error).message.replace(/\.$/, '')}`,
    });
    return z.NEVER;
  }
});

/** Addresses of DNS servers, each with or without a port, as Node takes them. */
export const dnsServersVariable = listVariable.refine(
  (servers) => servers.every(isDnsServer),
  'give addresses, separated by commas, each with or without a port: 9.9.9.9 or [2620:fe::fe]:53',
);

function isDnsServer(text: string): boolean {
  try {
    new Resolver().setServers([text]);
    return true;
  } catch {
    return false;
  }
}

/** pino's levels. */
export const logLevelVariable = z.enum([
  'fatal',
  'error',
  'warn',
  'info',
  'debug',
  'trace',
  'silent',
]);
