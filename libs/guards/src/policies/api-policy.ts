import { CidrList } from '#libs/foundation';
import { type LimitMode, limitModeOf, strictestLimitMode } from './limit-mode.js';

/** What governance says of every use of an app's tokens; each level sets what it wants. */
export interface ApiPolicyLevel {
  cidrs: CidrList | undefined;
  requestsPerSecond: number | undefined;
  mode: LimitMode | undefined;
}

/** The stricter of the levels. */
export class ApiPolicy {
  constructor(private readonly levels: readonly ApiPolicyLevel[]) {}

  /** Each level's blocks must hold the address; a level without blocks allows all. */
  allowsAddress(ip: string): boolean {
    return this.levels.every(({ cidrs }) => cidrs?.includes(ip) ?? true);
  }

  /** Undefined: no limit of its own. */
  get requestsPerSecond(): number | undefined {
    const limits = this.levels.flatMap(({ requestsPerSecond }) => requestsPerSecond ?? []);
    return limits.length === 0 ? undefined : Math.min(...limits);
  }

  /** In monitor mode the limit is told and logged, and nobody is refused. */
  get monitorsOnly(): boolean {
    return strictestLimitMode(this.levels.map(({ mode }) => mode)) === 'monitor';
  }
}

/** Reads one level from the governance column of its row, which its writer has validated. */
export function toApiPolicyLevel(governance: Readonly<Record<string, unknown>>): ApiPolicyLevel {
  const { allowed_cidrs: cidrs, rate_limit_rps: rps } = governance;
  return {
    cidrs: Array.isArray(cidrs) ? new CidrList(cidrs.map(String)) : undefined,
    requestsPerSecond: typeof rps === 'number' ? rps : undefined,
    mode: limitModeOf(governance),
  };
}
