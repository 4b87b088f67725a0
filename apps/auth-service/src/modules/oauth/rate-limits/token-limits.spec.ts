import type { ClientAuthMethod } from '#libs/entities';
import { LocalRateLimiter } from '#libs/guards';
import { FixedClock } from '#libs/testing';
import { pino } from 'pino';
import type { AuthConfig } from '../../../config.js';
import type { AuthenticatedClient } from '../client-authentication/client-authentication.js';
import { TokenLimits } from './token-limits.js';
import type { TokenQuotas } from './token-quotas.js';

const client = (
  policy: object,
  method: ClientAuthMethod = 'client_secret_basic',
): AuthenticatedClient =>
  ({
    app: { id: 'app_1', tenantId: 'ten_1' },
    policy: { rateLimitRps: null, rateLimitMode: 'enforce', ...policy },
    method,
  }) as AuthenticatedClient;

const [here, there] = ['192.0.2.1', '192.0.2.2'];

const archive = { id: 'rs_1', resource: 'https://api.knogin.com' };

function limits(quotaLeft: number, rateLimitScale = 1): TokenLimits {
  const limit = { name: 'hour', perSecond: 1, burst: 1 };
  const quotas: Partial<TokenQuotas> = {
    count: () => undefined,
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
    await expect(limits(0).take(client({}), here)).rejects.toMatchObject({ status: 429 });
    const subject = limits(1);
    const slow = client({ rateLimitRps: 1 });
    await subject.take(slow, here);
    expect(await subject.take(slow, here)).toMatchObject({
      RateLimit: expect.stringContaining('"app"'),
    });
    await expect(subject.take(slow, here)).rejects.toMatchObject({ status: 429 });
  });

  it('looks at no quota where a token is revoked, and counts it apart from tokens', async () => {
    const slow = client({ rateLimitRps: 1 });
    const used = limits(0);
    for (let n = 0; n < 2; n++) await used.takeRevocation(slow, here);
    await expect(used.takeRevocation(slow, here)).rejects.toMatchObject({ status: 429 });
    const subject = limits(1);
    for (let n = 0; n < 2; n++) await subject.takeRevocation(slow, here);
    expect(await subject.take(slow, here)).toMatchObject({
      RateLimit: expect.stringContaining('"app"'),
    });
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
    expect(await subject.takeRevocation(client({}), here)).toMatchObject({
      RateLimit: '"client";r=39;t=2',
    });
  });

  it('counts nothing where limits are turned off', async () => {
    const subject = limits(1, 0);
    for (let n = 0; n < 401; n++) expect(await subject.takeIntrospection(archive)).toEqual({});
    for (let n = 0; n < 401; n++) await subject.issued(client({}, 'none'));
    expect(await subject.take(client({ rateLimitRps: 1 }, 'none'), here)).toMatchObject({
      RateLimit: '"hour";r=1;t=1',
    });
  });

  it('counts a client that has proved itself wherever it asks from', async () => {
    const subject = limits(1);
    for (let n = 0; n < 40; n++) await subject.take(client({}), n % 2 === 0 ? here : there);
    await expect(subject.take(client({}), there)).rejects.toMatchObject({ status: 429 });
  });

  it('[O61] counts a public client apart for each network, at a rate of its own as well', async () => {
    for (const [policy, burst] of [
      [{}, 40],
      [{ rateLimitRps: 1 }, 2],
    ] as const) {
      const spa = client(policy, 'none');
      const subject = limits(1);
      for (const asked of ['take', 'takeRevocation'] as const) {
        for (let n = 0; n < burst; n++) await subject[asked](spa, '2001:db8:1:2::1');
        await expect(subject[asked](spa, '2001:db8:1:2::9')).rejects.toMatchObject({ status: 429 });
        expect(await subject[asked](spa, '2001:db8:1:3::1')).toMatchObject({
          RateLimit: expect.stringContaining(`r=${burst - 1};`),
        });
      }
    }
  });

  it('[O61] counts a public client against its tenant only for the tokens it got', async () => {
    const spa = client({}, 'none');
    const subject = limits(1);
    for (let n = 0; n < 500; n++) {
      await subject.take(spa, `192.0.2.${n % 250}`);
      await subject.takeRevocation(spa, `192.0.2.${n % 250}`);
    }
    await subject.take(client({}), here);
    await subject.takeRevocation(client({}), here);
    for (let n = 0; n < 399; n++) await subject.issued(spa);
    for (const refused of [spa, client({})])
      await expect(subject.take(refused, '198.51.100.1')).rejects.toMatchObject({
        headers: { 'RateLimit-Policy': '"tenant";q=400;w=2' },
      });
    await subject.takeRevocation(client({}), here);
  });

  it('refuses nobody for them in monitor mode, and still holds the general rate', async () => {
    const watched = client({ rateLimitRps: 1, rateLimitMode: 'monitor' });
    const subject = limits(0);
    for (let n = 0; n < 40; n++) await subject.take(watched, here);
    await expect(subject.take(watched, here)).rejects.toMatchObject({ status: 429 });
  });
});
