import { GRANT_TYPES } from '#libs/entities';
import { normalizeCidr } from '#libs/foundation';
import { z } from 'zod';
import { eventTypeName } from '../event-types/event-types.dto.js';

/** An HTTP host without a port, in the form the URL standard gives it: lower case, IDN as punycode. */
const host = z
  .string()
  .max(253)
  .transform((text) => text.toLowerCase())
  .refine(
    isHost,
    'Give a host name without scheme, port, path and wildcard, like app.example.com: each host is listed.',
  );

/** A block of addresses; IPv4-mapped IPv6 is stored as the IPv4 block it means. */
const cidr = z.string().max(49).transform(toCidr);

/** A demand that nothing enforces must not look as if it held. */
const notYet = z
  .boolean()
  .refine((value) => !value, 'This cannot be demanded yet: leave it false.');

const list = <T extends z.ZodType>(item: T, max: number): z.ZodArray<T> => z.array(item).max(max);

/** The most secrets of an app that can be live at once, whatever governance says. */
export const mostLiveSecrets = 10;

/** Every governance flag with the values it takes; identity-oauth-jwks.md section 4. */
export const governanceFlags = {
  allow_service_tokens: z.boolean(),
  enforce_pkce: z.boolean(),
  allowed_redirect_hosts: list(host, 100),
  allow_loopback_redirects: z.boolean(),
  allowed_grant_types: list(z.enum(GRANT_TYPES), GRANT_TYPES.length),
  allowed_auth_methods: list(
    z.enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none']),
    4,
  ),
  allowed_cidrs: list(cidr, 100),
  access_token_ttl_seconds: z.int().min(60).max(86_400),
  service_token_max_ttl_seconds: z.int().min(300).max(2_592_000),
  refresh_token_max_age_seconds: z.int().min(60).max(31_536_000),
  refresh_token_idle_seconds: z.int().min(60).max(31_536_000),
  secret_max_age_days: z.int().min(1).max(3_650),
  secret_overlap_max_seconds: z.int().min(0).max(604_800),
  max_live_secrets: z.int().min(1).max(mostLiveSecrets),
  require_par: notYet,
  require_dpop: notYet,
  require_signed_client_assertion: notYet,
  consent: z.enum(['always', 'once', 'admin_granted']),
  token_quota_per_hour: z.int().min(1).max(1_000_000_000),
  token_quota_per_day: z.int().min(1).max(1_000_000_000),
  rate_limit_rps: z.int().min(1).max(1_000_000),
  rate_limit_mode: z.enum(['enforce', 'monitor']),
  signing_alg: z.enum(['RS256', 'ES256', 'EdDSA']),
  allowed_events: list(eventTypeName, 500),
} as const;

/** The flags one level (tenant or app) sets; what is absent falls through to the level below. */
export type Governance = Partial<{
  [Flag in keyof typeof governanceFlags]: z.output<(typeof governanceFlags)[Flag]>;
}>;

type Nullable = {
  [Flag in keyof typeof governanceFlags]: z.ZodOptional<
    z.ZodNullable<(typeof governanceFlags)[Flag]>
  >;
};

const nullableFlags = Object.fromEntries(
  Object.entries(governanceFlags).map(([flag, type]) => [flag, type.nullable().optional()]),
) as Nullable;

/** A flag that does not exist must not look as if it had been set: a typo would leave the app open. */
const unknownFlag = z.unknown().superRefine((_value, context) => {
  context.addIssue({
    code: 'custom',
    params: { errorCode: 'unknown_governance_flag' },
    message: 'This governance flag does not exist.',
  });
});

/** A JSON merge patch (RFC 7396) over the flags: null resets one to the level below. */
export const governancePatch = z
  .object({ ...nullableFlags, status: z.enum(['active', 'suspended']).nullable().optional() })
  .catchall(unknownFlag);

/** What a tenant sets: defaults and ceilings for its apps. Its own status is no flag. */
export const tenantGovernancePatch = z.object(nullableFlags).catchall(unknownFlag);

/** Without an index signature, which the catch-all would otherwise add. */
export type GovernancePatch = z.output<z.ZodObject<Nullable>> & {
  status?: 'active' | 'suspended' | null | undefined;
};

/** The flags after a patch. */
export function patchGovernance(
  current: Readonly<Record<string, unknown>>,
  { status: _status, ...patch }: GovernancePatch,
): Record<string, unknown> {
  const merged = { ...current, ...patch };
  return Object.fromEntries(
    Object.entries(merged).filter(([, value]) => value !== null && value !== undefined),
  );
}

function isHost(text: string): boolean {
  if (text.includes('*') || !URL.canParse(`https://${text}`)) return false;
  return new URL(`https://${text}`).hostname === text;
}

function toCidr(text: string, context: z.RefinementCtx<string>): string {
  try {
    return normalizeCidr(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
}
