import type { ServerResponse } from 'node:http';
import type { AppError } from '#libs/foundation';
import { FixedClock } from '#libs/testing';
import { pino } from 'pino';
import type { Actor } from '../actor.js';
import { ApiPolicy, toApiPolicyLevel } from '../policies/api-policy.js';
import type { ApiPolicyFeed } from '../policies/api-policy-feed.js';
import { LocalRateLimiter } from './local-rate-limiter.js';
import { ResourceLimits } from './resource-limits.js';

const actor = { tenantId: 'ten_1', subject: 'app_1', clientId: 'app_1', kind: 'client' } as Actor;

function limits(
  governance: Record<string, unknown>,
  scale = 1,
  ofApp: Record<string, unknown> = {},
): ResourceLimits {
  const policy = new ApiPolicy([toApiPolicyLevel(governance), toApiPolicyLevel(ofApp)]);
  const feed = { policyOf: () => policy } as Partial<ApiPolicyFeed> as ApiPolicyFeed;
  const limiter = new LocalRateLimiter(new FixedClock());
  return new ResourceLimits(limiter, feed, scale, pino({ level: 'silent' }));
}

async function take(subject: ResourceLimits): Promise<Record<string, string>> {
  const headers: Record<string, string> = {};
  const response = { setHeader: (name: string, value: string) => (headers[name] = value) };
  await subject.take(actor, response as unknown as ServerResponse);
  return headers;
}

describe('ResourceLimits', () => {
  it('holds an app to the rate of its governance and tells both limits', async () => {
    const subject = limits({ rate_limit_rps: 2 });
    expect(await take(subject)).toEqual({
      'RateLimit-Policy': '"actor";q=200;w=2, "app";q=4;w=2',
      RateLimit: '"actor";r=199;t=2, "app";r=3;t=2',
    });
    for (let n = 0; n < 3; n++) await take(subject);
    await expect(take(subject)).rejects.toMatchObject({
      code: 'rate_limited',
      headers: { 'Retry-After': '1' },
    } satisfies Partial<AppError>);
  });

  it('refuses nobody in monitor mode', async () => {
    const subject = limits({ rate_limit_rps: 1, rate_limit_mode: 'monitor' });
    for (let n = 0; n < 2; n++) await take(subject);
    expect((await take(subject)).RateLimit).toContain('"app";r=0');
  });

  it('holds an app that only watches to the rate of its tenant', async () => {
    const subject = limits({ rate_limit_rps: 1 }, 1, { rate_limit_mode: 'monitor' });
    for (let n = 0; n < 2; n++) await take(subject);
    await expect(take(subject)).rejects.toMatchObject({ code: 'rate_limited' });
  });

  it('is off where the scale is 0', async () => {
    expect(await take(limits({ rate_limit_rps: 1 }, 0))).toEqual({});
  });
});
