import type { RateLimit } from '../rate-limits/rate-limiter.js';

type Governance = Readonly<Record<string, unknown>>;

/** Whether a request that passes a limit is refused, or only told and logged. */
export type LimitMode = 'enforce' | 'monitor';

const limits = ['rate_limit_rps', 'token_quota_per_hour', 'token_quota_per_day'];

/** What one level says: one that sets a limit and no mode enforces it; undefined: it says nothing. */
export function limitModeOf(governance: Governance): LimitMode | undefined {
  const { rate_limit_mode: mode } = governance;
  if (mode === 'monitor' || mode === 'enforce') return mode;
  return limits.some((name) => governance[name] !== undefined) ? 'enforce' : undefined;
}

/** The stricter of the levels; where none says anything, limits are enforced. */
export function strictestLimitMode(modes: readonly (LimitMode | undefined)[]): LimitMode {
  return modes.includes('monitor') && !modes.includes('enforce') ? 'monitor' : 'enforce';
}

/** The rate that governance sets for an app; twice as many at once, as with every other rate. */
export function appRateLimit(perSecond: number): RateLimit {
  return { name: 'app', perSecond, burst: perSecond * 2 };
}
