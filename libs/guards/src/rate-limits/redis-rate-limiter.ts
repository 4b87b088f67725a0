import type { Clock } from '#libs/foundation';
import { LocalRateLimiter } from './local-rate-limiter.js';
import { decide, type RateDecision, RateLimiter, type RateLimit } from './rate-limiter.js';
import type { SharedCounters } from './shared-counters.js';

/** The generic cell rate algorithm in Redis, with Redis's own time: instances need not agree on theirs. */
const script = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local arrival = tonumber(redis.call('GET', KEYS[1]) or '0')
local interval = tonumber(ARGV[1])
local next = math.max(arrival, now) + interval * tonumber(ARGV[3])
if ARGV[4] == 'take' and next - interval * tonumber(ARGV[2]) - now <= 0 then
  redis.call('SET', KEYS[1], next, 'PX', math.max(1, math.ceil(next - now)))
end
return { tostring(arrival), tostring(now) }`;

/** Counters that instances share. While Redis is away each instance counts for itself. */
export class RedisRateLimiter extends RateLimiter {
  private readonly local: LocalRateLimiter;

  constructor(
    private readonly counters: SharedCounters,
    clock: Clock,
  ) {
    super();
    this.local = new LocalRateLimiter(clock);
  }

  async take(key: string, limit: RateLimit, amount = 1): Promise<RateDecision> {
    return (await this.run(key, limit, amount, 'take')) ?? this.local.take(key, limit, amount);
  }

  async peek(key: string, limit: RateLimit): Promise<RateDecision> {
    return (await this.run(key, limit, 1, 'peek')) ?? this.local.peek(key, limit);
  }

  private async run(
    key: string,
    limit: RateLimit,
    amount: number,
    mode: 'take' | 'peek',
  ): Promise<RateDecision | undefined> {
    const state = await this.counters.run<[string, string]>(
      script,
      `rate:${key}`,
      1000 / limit.perSecond,
      limit.burst,
      amount,
      mode,
    );
    return state && decide(limit, Number(state[0]), Number(state[1]), amount);
  }
}
