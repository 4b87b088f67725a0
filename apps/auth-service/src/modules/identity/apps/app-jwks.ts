import { z } from 'zod';
import { publicKeyProblem } from './usable-key.js';

/** A base64url number; what a private member would look like is refused by name, since the objects are strict. */
const number = z
  .string()
  .regex(/^[A-Za-z0-9_-]+$/)
  .max(1_024);
const about = {
  kid: z.string().min(1).max(128),
  use: z.literal('sig').optional(),
};

const rsaKey = z.strictObject({
  kty: z.literal('RSA'),
  alg: z.enum(['RS256', 'PS256']).optional(),
  // 2,048 bits are 342 base64url digits (RFC 7518 section 3.3).
  n: number.min(342),
  e: number.max(8),
  ...about,
});
const ecKey = z.strictObject({
  kty: z.literal('EC'),
  alg: z.literal('ES256').optional(),
  crv: z.literal('P-256'),
  x: number.length(43),
  y: number.length(43),
  ...about,
});
const okpKey = z.strictObject({
  kty: z.literal('OKP'),
  alg: z.enum(['EdDSA', 'Ed25519']).optional(),
  crv: z.literal('Ed25519'),
  x: number.length(43),
  ...about,
});

const key = z.discriminatedUnion('kty', [rsaKey, ecKey, okpKey]);
const soundKey = key.superRefine((jwk, context) => {
  const message = publicKeyProblem(jwk);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

/** The public keys of a `private_key_jwt` client, inline (RFC 7517 section 5). */
export const appJwks = z.strictObject({
  keys: z
    .array(soundKey)
    .min(1)
    .max(10)
    .refine(
      (keys) => new Set(keys.map(({ kid }) => kid)).size === keys.length,
      'Each kid is used once.',
    ),
});

/** As stored: what an earlier version took is told as it is. */
export const storedJwks = z.strictObject({ keys: z.array(key) });
