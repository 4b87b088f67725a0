import { z } from 'zod';
import type { EffectivePolicy } from './effective-policy.js';

const names = z.array(z.string()).nullable();
const seconds = z.int();
const count = z.int().nullable();

/** The effective policy as the contract shows it: every flag, with the value that holds. */
export const governanceResponse = z.strictObject({
  allow_service_tokens: z.boolean(),
  enforce_pkce: z.boolean(),
  allowed_redirect_hosts: names,
  allow_loopback_redirects: z.boolean(),
  allowed_grant_types: names,
  allowed_auth_methods: names,
  allowed_cidrs: names,
  access_token_ttl_seconds: seconds,
  service_token_max_ttl_seconds: seconds,
  refresh_token_max_age_seconds: seconds,
  refresh_token_idle_seconds: seconds,
  secret_max_age_days: count,
  secret_overlap_max_seconds: seconds,
  max_live_secrets: z.int(),
  require_par: z.boolean(),
  require_dpop: z.boolean(),
  require_signed_client_assertion: z.boolean(),
  consent: z.enum(['always', 'once', 'admin_granted']),
  token_quota_per_hour: count,
  token_quota_per_day: count,
  rate_limit_rps: count,
  rate_limit_mode: z.enum(['enforce', 'monitor']),
  signing_alg: z.enum(['RS256', 'ES256', 'EdDSA']),
  allowed_events: names,
  status: z.enum(['active', 'suspended']),
});

export function toGovernance(policy: EffectivePolicy): z.output<typeof governanceResponse> {
  const list = (values: readonly string[] | null): string[] | null => values && [...values];
  return {
    allow_service_tokens: policy.allowServiceTokens,
    enforce_pkce: policy.enforcePkce,
    allowed_redirect_hosts: list(policy.allowedRedirectHosts),
    allow_loopback_redirects: policy.allowLoopbackRedirects,
    allowed_grant_types: list(policy.allowedGrantTypes),
    allowed_auth_methods: list(policy.allowedAuthMethods),
    allowed_cidrs: list(policy.allowedCidrs),
    access_token_ttl_seconds: policy.accessTokenTtlSeconds,
    service_token_max_ttl_seconds: policy.serviceTokenMaxTtlSeconds,
    refresh_token_max_age_seconds: policy.refreshTokenMaxAgeSeconds,
    refresh_token_idle_seconds: policy.refreshTokenIdleSeconds,
    secret_max_age_days: policy.secretMaxAgeDays,
    secret_overlap_max_seconds: policy.secretOverlapMaxSeconds,
    max_live_secrets: policy.maxLiveSecrets,
    require_par: policy.requirePar,
    require_dpop: policy.requireDpop,
    require_signed_client_assertion: policy.requireSignedClientAssertion,
    consent: policy.consent,
    token_quota_per_hour: policy.tokenQuotaPerHour,
    token_quota_per_day: policy.tokenQuotaPerDay,
    rate_limit_rps: policy.rateLimitRps,
    rate_limit_mode: policy.rateLimitMode,
    signing_alg: policy.signingAlg,
    allowed_events: list(policy.allowedEvents),
    status: policy.status,
  };
}
