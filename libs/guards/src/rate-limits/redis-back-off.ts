import type { Clock } from '#libs/foundation';
import { BackOff, type BackOffLimit, type FailureState } from './back-off.js';
import { LocalBackOff } from './local-back-off.js';
import type { SharedCounters } from './shared-counters.js';

const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

const lookScript = `${now}
local known = redis.call('HMGET', KEYS[1], 'count', 'until')
return { tonumber(known[1] or 0), math.max(0, tonumber(known[2] or 0) - now) }`;

/** `isOvertaken`, `backOffMs`, and how long to remember it. */
const failScript = `${now}
local known = tonumber(redis.call('HGET', KEYS[1], 'count') or 0)
if known > tonumber(ARGV[1]) and tonumber(ARGV[5]) < known then return known end
local count = redis.call('HINCRBY', KEYS[1], 'count', 1)
local over = count - tonumber(ARGV[1])
local window = tonumber(ARGV[2])
if over > 0 then
  local wait = math.min(tonumber(ARGV[3]) * 2 ^ (over - 1), tonumber(ARGV[4]))
  redis.call('HSET', KEYS[1], 'until', string.format('%.0f', now + wait))
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', wait + window))
elseif count == 1 then
  redis.call('PEXPIRE', KEYS[1], window)
end
return count`;

const forgetScript = `return redis.call('DEL', KEYS[1])`;

/** Failures that instances share, by Redis's own time. While Redis is away each instance counts for itself. */
export class RedisBackOff extends BackOff {
  private readonly local: LocalBackOff;

  constructor(
    private readonly counters: SharedCounters,
    clock: Clock,
  ) {
    super();
    this.local = new LocalBackOff(clock);
  }

  async look(key: string): Promise<FailureState> {
    const state = await this.counters.run<[number, number]>(lookScript, keyOf(key));
    return state ? { count: state[0], waitMs: state[1] } : this.local.look(key);
  }

  async fail(key: string, limit: BackOffLimit, seenCount: number): Promise<void> {
    const { freeFailures, windowMs, firstWaitMs, longestWaitMs } = limit;
    const numbers = [freeFailures, windowMs, firstWaitMs, longestWaitMs, seenCount];
    const count = await this.counters.run(failScript, keyOf(key), ...numbers);
    if (count === undefined) this.local.fail(key, limit, seenCount);
  }

  async forget(key: string): Promise<void> {
    this.local.forget(key);
    await this.counters.run(forgetScript, keyOf(key));
  }
}

function keyOf(key: string): string {
  return `back-off:${key}`;
}
