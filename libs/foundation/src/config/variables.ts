import { z } from 'zod';
import { CidrList } from '../http/client-ip.js';
import { normalizeCidr } from '../http/ip-address.js';
import { listVariable } from './parse-environment.js';

/** An http(s) URL without a slash at the end. */
export const urlVariable = z
  .url({ protocol: /^https?$/ })
  .refine((text) => !text.endsWith('/'), 'leave out the slash at the end');

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
