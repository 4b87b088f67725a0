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

function limits(quotaLeft: number): TokenLimits {
  const limit = { name: 'hour', perSecond: 1, burst: 1 };
  const quotas: Partial<TokenQuotas> = {
    peek: () => [{ limit, waitMs: quotaLeft > 0 ? 0 : 60_000, remaining: quotaLeft }],
  };
  const config: Partial<AuthConfig> = { rateLimitScale: 1 };
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

  it('refuses nobody for them in monitor mode, and still holds the general rate', async () => {
    const watched = client({ rateLimitRps: 1, rateLimitMode: 'monitor' });
    const subject = limits(0);
    for (let n = 0; n < 40; n++) await subject.take(watched);
    await expect(subject.take(watched)).rejects.toMatchObject({ status: 429 });
  });
});
