import { LocalRateLimiter } from '#libs/guards';
import { FixedClock } from '#libs/testing';
import { pino } from 'pino';
import type { AuthConfig } from '../../../config.js';
import type { AuthenticatedClient } from '../client-authentication/client-authentication.js';
import { TokenLimits } from './token-limits.js';
import type { TokenQuotas } from './token-quotas.js';

const client = (policy: object): AuthenticatedClient =>
  ({
    app: { id: 'app_1', tenantId: 'ten_1' },
    policy: { rateLimitRps: null, rateLimitMode: 'enforce', ...policy },
  }) as AuthenticatedClient;

const archive = { id: 'rs_1', resource: 'https://api.knogin.com' };

function limits(quotaLeft: number, rateLimitScale = 1): TokenLimits {
  const limit = { name: 'hour', perSecond: 1, burst: 1 };
  const quotas: Partial<TokenQuotas> = {
    peek: () => [{ limit, waitMs: quotaLeft > 0 ? 0 : 60_000, remaining: quotaLeft }],
  };
  const config: Partial<AuthConfig> = { rateLimitScale };
  return new TokenLimits(
    new LocalRateLimiter(new FixedClock()),
    quotas as TokenQuotas,
    config as AuthConfig,
    pino({ level: 'silent' }),
  );
}

describe('TokenLimits', () => {
  it('refuses what passes a quota or a rate of the governance', async () => {
    await expect(limits(0).take(client({}))).rejects.toMatchObject({ status: 429 });
    const subject = limits(1);
    const slow = client({ rateLimitRps: 1 });
    await subject.take(slow);
    expect(await subject.take(slow)).toMatchObject({ RateLimit: expect.stringContaining('"app"') });
    await expect(subject.take(slow)).rejects.toMatchObject({ status: 429 });
  });

  it('looks at no quota where a token is revoked, and counts it apart from tokens', async () => {
    const slow = client({ rateLimitRps: 1 });
    const used = limits(0);
    for (let n = 0; n < 2; n++) await used.takeRevocation(slow);
    await expect(used.takeRevocation(slow)).rejects.toMatchObject({ status: 429 });
    const subject = limits(1);
    for (let n = 0; n < 2; n++) await subject.takeRevocation(slow);
    expect(await subject.take(slow)).toMatchObject({ RateLimit: expect.stringContaining('"app"') });
  });

  it('counts introspections by resource server, apart from all else', async () => {
    const subject = limits(1);
    for (let n = 0; n < 400; n++) await subject.takeIntrospection(archive);
    await expect(subject.takeIntrospection(archive)).rejects.toMatchObject({
      status: 429,
      headers: { 'Retry-After': '1' },
    });
    expect(await subject.takeIntrospection({ ...archive, id: 'rs_2' })).toEqual({
      'RateLimit-Policy': '"resource_server";q=400;w=2',
      RateLimit: '"resource_server";r=399;t=2',
    });
    expect(await subject.takeRevocation(client({}))).toMatchObject({
      RateLimit: '"client";r=39;t=2',
    });
  });

  it('counts nothing where limits are turned off', async () => {
    const subject = limits(1, 0);
    for (let n = 0; n < 401; n++) expect(await subject.takeIntrospection(archive)).toEqual({});
  });

  it('refuses nobody for them in monitor mode, and still holds the general rate', async () => {
    const watched = client({ rateLimitRps: 1, rateLimitMode: 'monitor' });
    const subject = limits(0);
    for (let n = 0; n < 40; n++) await subject.take(watched);
    await expect(subject.take(watched)).rejects.toMatchObject({ status: 429 });
  });
});
