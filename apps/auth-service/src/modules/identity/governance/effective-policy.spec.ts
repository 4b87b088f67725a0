import * as fc from 'fast-check';
import { effectivePolicy, type PolicySubject } from './effective-policy.js';
import { governancePatch, patchGovernance } from './governance-flags.js';
import { intersectCidrs } from './stricter.js';

const subject = (
  tenant: PolicySubject['tenant']['governance'],
  app: PolicySubject['app']['governance'],
  facts: Partial<PolicySubject['app']> = {},
): PolicySubject => ({
  tenant: { governance: tenant, status: 'active' },
  app: {
    governance: app,
    status: 'active',
    grantTypes: ['client_credentials'],
    tokenEndpointAuthMethod: null,
    ...facts,
  },
});

describe('effectivePolicy', () => {
  it('falls through to the platform where nobody sets a flag', () => {
    expect(effectivePolicy(subject({}, {}))).toMatchObject({
      allowServiceTokens: true,
      enforcePkce: true,
      accessTokenTtlSeconds: 3_600,
      serviceTokenMaxTtlSeconds: 86_400,
      refreshTokenMaxAgeSeconds: 30 * 86_400,
      refreshTokenIdleSeconds: 14 * 86_400,
      maxLiveSecrets: 2,
      secretOverlapMaxSeconds: 604_800,
      allowedCidrs: null,
      consent: 'once',
      signingAlg: 'RS256',
    });
  });

  it('allows service tokens by default only to apps of the machine grant', () => {
    const code = subject({}, {}, { grantTypes: ['authorization_code'] });
    expect(effectivePolicy(code).allowServiceTokens).toBe(false);
  });

  it('enforces PKCE for a public client whatever the flag says', () => {
    const off = { enforce_pkce: false };
    expect(effectivePolicy(subject({}, off)).enforcePkce).toBe(false);
    const spa = subject({}, off, { tokenEndpointAuthMethod: 'none' });
    expect(effectivePolicy(spa).enforcePkce).toBe(true);
  });

  it('enforces a limit that a level sets without a mode, whatever the other level watches', () => {
    const mode = (...levels: Parameters<typeof subject>) =>
      effectivePolicy(subject(...levels)).rateLimitMode;
    const watch = { rate_limit_mode: 'monitor' } as const;
    for (const limit of ['rate_limit_rps', 'token_quota_per_hour', 'token_quota_per_day']) {
      expect(mode({ [limit]: 5 }, watch)).toBe('enforce');
      expect(mode(watch, { [limit]: 5 })).toBe('enforce');
      expect(mode({}, { [limit]: 5, ...watch })).toBe('monitor');
    }
  });

  it('is suspended with its tenant', () => {
    const { app } = subject({}, {});
    const suspended = effectivePolicy({ app, tenant: { governance: {}, status: 'suspended' } });
    expect(suspended.status).toBe('suspended');
  });

  it('never lets an app loosen what its tenant sets', () => {
    const ttl = fc.option(fc.integer({ min: 60, max: 86_400 }), { nil: undefined });
    const flag = fc.option(fc.boolean(), { nil: undefined });
    fc.assert(
      fc.property(ttl, ttl, flag, flag, (tenantTtl, appTtl, tenantFlag, appFlag) => {
        const level = (seconds: number | undefined, on: boolean | undefined) => ({
          ...(seconds === undefined ? {} : { access_token_ttl_seconds: seconds }),
          ...(on === undefined ? {} : { allow_service_tokens: on, enforce_pkce: on }),
        });
        const policy = effectivePolicy(
          subject(level(tenantTtl, tenantFlag), level(appTtl, appFlag)),
        );
        if (tenantTtl !== undefined)
          expect(policy.accessTokenTtlSeconds).toBeLessThanOrEqual(tenantTtl);
        if (tenantFlag === false) expect(policy.allowServiceTokens).toBe(false);
        if (tenantFlag === true) expect(policy.enforcePkce).toBe(true);
      }),
    );
  });
});

describe('intersectCidrs', () => {
  it('keeps the narrower of nested blocks and nothing of disjoint ones', () => {
    expect(
      intersectCidrs(['10.0.0.0/8', '2001:db8::/32'], ['10.1.0.0/16', '192.0.2.0/24']),
    ).toEqual(['10.1.0.0/16']);
    expect(intersectCidrs(['10.0.0.0/8'], [])).toEqual([]);
    expect(intersectCidrs(undefined, ['10.0.0.0/8'])).toEqual(['10.0.0.0/8']);
    expect(intersectCidrs(undefined, undefined)).toBeNull();
  });
});

describe('patchGovernance', () => {
  it('merges, and null resets', () => {
    const patch = governancePatch.parse({ enforce_pkce: null, max_live_secrets: 3 });
    expect(patchGovernance({ enforce_pkce: false, consent: 'always' }, patch)).toEqual({
      consent: 'always',
      max_live_secrets: 3,
    });
  });

  it.each(['app.example.com', '[2001:db8::1]', 'xn--bcher-kva.example'])(
    'takes the host %s',
    (host) => {
      expect(governancePatch.safeParse({ allowed_redirect_hosts: [host] }).success).toBe(true);
    },
  );

  it.each(['app.example.com:443', 'a b', 'a/b', 'user@a', '', 'bücher.example', '2130706433'])(
    'refuses the host %j',
    (host) => {
      expect(governancePatch.safeParse({ allowed_redirect_hosts: [host] }).success).toBe(false);
    },
  );
});
