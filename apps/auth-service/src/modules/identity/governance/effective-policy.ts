import type {
  AppStatus,
  ClientAuthMethod,
  GrantType,
  SigningAlg,
  TenantStatus,
} from '#libs/entities';
import { type LimitMode, limitModeOf, strictestLimitMode } from '#libs/guards';
import type { Governance } from './governance-flags.js';
import { intersectCidrs, intersectLists } from './stricter.js';

/** What holds for an app now: the stricter of platform, tenant and app. Null: no restriction. */
export interface EffectivePolicy {
  allowServiceTokens: boolean;
  /** False is honoured for confidential clients only. */
  enforcePkce: boolean;
  /** Lower-case hosts without a port. */
  allowedRedirectHosts: readonly string[] | null;
  allowLoopbackRedirects: boolean;
  allowedGrantTypes: readonly GrantType[] | null;
  allowedAuthMethods: readonly ClientAuthMethod[] | null;
  allowedCidrs: readonly string[] | null;
  accessTokenTtlSeconds: number;
  serviceTokenMaxTtlSeconds: number;
  refreshTokenMaxAgeSeconds: number;
  refreshTokenIdleSeconds: number;
  secretMaxAgeDays: number | null;
  secretOverlapMaxSeconds: number;
  maxLiveSecrets: number;
  requirePar: boolean;
  requireDpop: boolean;
  requireSignedClientAssertion: boolean;
  consent: 'always' | 'once' | 'admin_granted';
  tokenQuotaPerHour: number | null;
  tokenQuotaPerDay: number | null;
  rateLimitRps: number | null;
  rateLimitMode: LimitMode;
  signingAlg: SigningAlg;
  /** A filter over what the app is approved for, not an approval. */
  allowedEvents: readonly string[] | null;
  status: AppStatus;
}

/** The rows a policy is computed from. */
export interface PolicySubject {
  app: {
    governance: Governance;
    status: AppStatus;
    grantTypes: readonly GrantType[];
    tokenEndpointAuthMethod: ClientAuthMethod | null;
  };
  tenant: { governance: Governance; status: TenantStatus };
}

const consentByStrictness = ['always', 'once', 'admin_granted'] as const;

/**
 * A flag that only one level sets takes that value, else the platform's default; where tenant and app both set
 * it, the stricter wins, so that a tenant's value is default and ceiling at once.
 */
export function effectivePolicy({ app, tenant }: PolicySubject): EffectivePolicy {
  const own = app.governance;
  const ceiling = tenant.governance;
  const isPublic = app.tokenEndpointAuthMethod === 'none';
  const machine = app.grantTypes.includes('client_credentials');
  return {
    allowServiceTokens: both(ceiling.allow_service_tokens, own.allow_service_tokens) ?? machine,
    enforcePkce: isPublic || (either(ceiling.enforce_pkce, own.enforce_pkce) ?? true),
    allowedRedirectHosts: intersectLists(
      ceiling.allowed_redirect_hosts,
      own.allowed_redirect_hosts,
    ),
    allowLoopbackRedirects:
      both(ceiling.allow_loopback_redirects, own.allow_loopback_redirects) ?? false,
    allowedGrantTypes: intersectLists(ceiling.allowed_grant_types, own.allowed_grant_types),
    allowedAuthMethods: intersectLists(ceiling.allowed_auth_methods, own.allowed_auth_methods),
    allowedCidrs: intersectCidrs(ceiling.allowed_cidrs, own.allowed_cidrs),
    accessTokenTtlSeconds:
      least(ceiling.access_token_ttl_seconds, own.access_token_ttl_seconds) ?? 3_600,
    serviceTokenMaxTtlSeconds:
      least(ceiling.service_token_max_ttl_seconds, own.service_token_max_ttl_seconds) ?? 86_400,
    refreshTokenMaxAgeSeconds:
      least(ceiling.refresh_token_max_age_seconds, own.refresh_token_max_age_seconds) ??
      30 * 86_400,
    refreshTokenIdleSeconds:
      least(ceiling.refresh_token_idle_seconds, own.refresh_token_idle_seconds) ?? 14 * 86_400,
    secretMaxAgeDays: least(ceiling.secret_max_age_days, own.secret_max_age_days) ?? null,
    secretOverlapMaxSeconds:
      least(ceiling.secret_overlap_max_seconds, own.secret_overlap_max_seconds) ?? 604_800,
    maxLiveSecrets: least(ceiling.max_live_secrets, own.max_live_secrets) ?? 2,
    requirePar: either(ceiling.require_par, own.require_par) ?? false,
    requireDpop: either(ceiling.require_dpop, own.require_dpop) ?? false,
    requireSignedClientAssertion:
      either(ceiling.require_signed_client_assertion, own.require_signed_client_assertion) ?? false,
    consent:
      consentByStrictness.find((value) => value === ceiling.consent || value === own.consent) ??
      'once',
    tokenQuotaPerHour: least(ceiling.token_quota_per_hour, own.token_quota_per_hour) ?? null,
    tokenQuotaPerDay: least(ceiling.token_quota_per_day, own.token_quota_per_day) ?? null,
    rateLimitRps: least(ceiling.rate_limit_rps, own.rate_limit_rps) ?? null,
    rateLimitMode: strictestLimitMode([limitModeOf(ceiling), limitModeOf(own)]),
    signingAlg: own.signing_alg ?? ceiling.signing_alg ?? 'RS256',
    allowedEvents: intersectLists(ceiling.allowed_events, own.allowed_events),
    status: tenant.status === 'active' ? app.status : 'suspended',
  };
}

/** A permission: both must give it. */
function both(a: boolean | undefined, b: boolean | undefined): boolean | undefined {
  return a === undefined ? b : b === undefined ? a : a && b;
}

/** A demand: one is enough. */
function either(a: boolean | undefined, b: boolean | undefined): boolean | undefined {
  return a === undefined ? b : b === undefined ? a : a || b;
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}
