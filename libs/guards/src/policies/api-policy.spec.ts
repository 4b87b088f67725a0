import { ApiPolicy, toApiPolicyLevel } from './api-policy.js';

const policy = (...levels: Record<string, unknown>[]): ApiPolicy =>
  new ApiPolicy(levels.map((level) => toApiPolicyLevel(level)));

describe('ApiPolicy', () => {
  it('allows an address that every level allows', () => {
    const both = policy({ allowed_cidrs: ['10.0.0.0/8'] }, { allowed_cidrs: ['10.1.0.0/16'] });
    expect([both.allowsAddress('10.1.2.3'), both.allowsAddress('10.2.0.1')]).toEqual([true, false]);
    expect(policy({}).allowsAddress('10.1.2.3')).toBe(true);
    expect(policy({ allowed_cidrs: [] }).allowsAddress('10.1.2.3')).toBe(false);
  });

  it('sees the IPv4 address in a mapped one [O62]', () => {
    const inside = policy({ allowed_cidrs: ['10.0.0.0/8'] });
    expect(inside.allowsAddress('::ffff:10.0.0.1')).toBe(true);
    expect(inside.allowsAddress('::ffff:192.0.2.1')).toBe(false);
  });

  it('takes the lower rate, and monitors only where every level that sets one does', () => {
    const both = policy({ rate_limit_rps: 50, rate_limit_mode: 'monitor' }, { rate_limit_rps: 20 });
    expect([both.requestsPerSecond, both.monitorsOnly]).toEqual([20, false]);
    const one = policy({ rate_limit_rps: 50, rate_limit_mode: 'monitor' }, {});
    expect([one.requestsPerSecond, one.monitorsOnly]).toEqual([50, true]);
    expect(policy().requestsPerSecond).toBeUndefined();
  });

  it('enforces a limit that a level sets without a mode, whatever the other level watches', () => {
    for (const limit of ['rate_limit_rps', 'token_quota_per_hour', 'token_quota_per_day'])
      expect(policy({ [limit]: 50 }, { rate_limit_mode: 'monitor' }).monitorsOnly).toBe(false);
    const rated = { rate_limit_rps: 50, rate_limit_mode: 'monitor' };
    expect(policy(rated, { rate_limit_mode: 'enforce' }).monitorsOnly).toBe(false);
    expect(policy(rated, { allowed_cidrs: [] }).monitorsOnly).toBe(true);
  });
});
