import { networkOf, OAuthError } from '#libs/foundation';
import { BackOff, type BackOffLimit, rateLimitHeaders } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../config.js';
import { invalidClient } from '../client-authentication/presented-client.js';

const limit = {
  freeFailures: 10,
  windowMs: 60_000,
  firstWaitMs: 1_000,
  longestWaitMs: 3_600_000,
} as const;

/**
 * Slows down whoever guesses the secrets of one client from one address: ten failures a minute are free, from the
 * eleventh on each doubles the wait. Nobody else is slowed down, so that nobody can lock a partner out.
 */
@Injectable()
export class FailedAuthentications {
  private readonly scale: number;
  private readonly limit: BackOffLimit;

  constructor(
    private readonly backOff: BackOff,
    config: AuthConfig,
  ) {
    this.scale = config.rateLimitScale;
    const freeFailures = Math.max(1, Math.floor(limit.freeFailures * this.scale));
    this.limit = { ...limit, freeFailures };
  }

  /**
   * Lets a caller try to prove who they are.
   * @param prove undefined: it failed
   * @throws OAuthError invalid_client, temporarily_unavailable (429)
   */
  async attempt<T>(clientId: string, ip: string, prove: () => Promise<T | undefined>): Promise<T> {
    if (this.scale === 0) return proved(await prove());
    const key = `${networkOf(ip)} ${clientId.slice(0, 64)}`;
    const { count, waitMs } = await this.backOff.look(key);
    if (waitMs > 0) throw slowDown(this.limit, waitMs);
    const result = await prove();
    if (result === undefined) await this.backOff.fail(key, this.limit, count);
    else if (count > 0) await this.backOff.forget(key);
    return proved(result);
  }
}

function proved<T>(result: T | undefined): T {
  if (result === undefined) throw invalidClient();
  return result;
}

function slowDown({ freeFailures, windowMs }: BackOffLimit, waitMs: number): OAuthError {
  const perSecond = freeFailures / (windowMs / 1_000);
  const told = { name: 'failures', burst: freeFailures, perSecond };
  return new OAuthError('temporarily_unavailable', 'Too many failed authentications.', {
    status: 429,
    headers: rateLimitHeaders([{ limit: told, waitMs, remaining: 0 }]),
  });
}
