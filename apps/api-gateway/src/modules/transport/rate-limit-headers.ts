import { BucketState, BucketTerms } from './leaky-bucket.js';

/** `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11), and `Retry-After` on a refusal. */
export function rateLimitHeaders(
  policy: 'cost' | 'rejected',
  terms: BucketTerms,
  state: BucketState,
): Record<string, string> {
  const windowSeconds = Math.ceil(terms.burst / terms.perSecond);
  return {
    'RateLimit-Policy': `"${policy}";q=${terms.burst};w=${windowSeconds}`,
    RateLimit: `"${policy}";r=${state.remaining};t=${state.emptyInSeconds}`,
    ...(state.allowed ? {} : { 'Retry-After': String(state.retryAfterSeconds) }),
  };
}
