import { networkOf } from '#libs/foundation';
import { rateLimitHeaders, RateLimiter, scaleLimit } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../config.js';
import { digestOf } from '../sessions/digest.js';

/** So many in 15 minutes, all of them at once. */
const inAQuarter = (name: string, burst: number) => ({ name, perSecond: burst / 900, burst });

const limits = {
  /** Tries of one account from one network. */
  login: inAQuarter('login', 10),
  /** Tries of any account from one network. */
  'login-network': inAQuarter('login-network', 100),
  /** Requests for mail from one network. */
  'reset-network': inAQuarter('reset-network', 10),
  /** Mails to one address, whoever asks and whether there is an account. */
  reset: { name: 'reset', perSecond: 5 / 3_600, burst: 5 },
  /** Rows of visitors before their login: sessions, and authorization requests that wait. */
  session: inAQuarter('session', 300),
  request: inAQuarter('request', 300),
} as const;

export type PageLimit = keyof typeof limits;

/** How often the pages may be used. Counted whether an account exists or not, so that no answer tells. */
@Injectable()
export class PageLimits {
  private readonly scale: number;

  constructor(
    private readonly limiter: RateLimiter,
    config: AuthConfig,
  ) {
    this.scale = config.rateLimitScale;
  }

  /**
   * Counts one.
   * @param who the caller's address, or an account's, or both
   * @returns the headers of the refusal; undefined where it is admitted
   */
  async take(
    kind: PageLimit,
    who: { ip?: string; email?: string },
  ): Promise<Record<string, string> | undefined> {
    if (this.scale === 0) return undefined;
    const network = who.ip === undefined ? '' : networkOf(who.ip);
    // Addresses of people do not stand in a Redis.
    const account = who.email === undefined ? '' : digestOf(who.email).toString('base64url');
    const limit = scaleLimit(limits[kind], this.scale);
    const decision = await this.limiter.take(`${kind}:${network} ${account}`, limit);
    return decision.waitMs > 0 ? rateLimitHeaders([decision]) : undefined;
  }
}
