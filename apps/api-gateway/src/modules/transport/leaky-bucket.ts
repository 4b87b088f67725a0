import { LruMap } from '#libs/operations';

/** `burst` points fit; they drain with `perSecond`. */
export interface BucketTerms {
  burst: number;
  perSecond: number;
}

export interface BucketState {
  allowed: boolean;
  /** Whole points that still fit now. */
  remaining: number;
  /** Seconds until the bucket is empty again. */
  emptyInSeconds: number;
  /** Seconds until the refused amount would fit; 0 where it was allowed. */
  retryAfterSeconds: number;
}

interface Level {
  points: number;
  atMs: number;
}

/** Buckets of callers that were not heard of for long are forgotten first; by then they have drained anyway. */
const MAX_BUCKETS = 50_000;

/** A leaky bucket for each key. Time comes from the caller, in milliseconds. */
export class LeakyBuckets {
  private readonly levels = new LruMap<string, Level>(MAX_BUCKETS);

  /** Adds the points if they fit. */
  take(key: string, points: number, terms: BucketTerms, nowMs: number): BucketState {
    const before = this.levelAt(key, terms, nowMs);
    const allowed = before + points <= terms.burst;
    const after = allowed ? before + points : before;
    if (allowed) this.levels.set(key, { points: after, atMs: nowMs });
    return {
      allowed,
      remaining: Math.max(0, Math.floor(terms.burst - after)),
      emptyInSeconds: Math.ceil(after / terms.perSecond),
      retryAfterSeconds: allowed
        ? 0
        : Math.max(1, Math.ceil((before + points - terms.burst) / terms.perSecond)),
    };
  }

  /** As `take`, without adding anything. */
  peek(key: string, points: number, terms: BucketTerms, nowMs: number): BucketState {
    const state = this.take(key, 0, terms, nowMs);
    if (state.remaining >= points) return state;
    const wait = (points - state.remaining) / terms.perSecond;
    return { ...state, allowed: false, retryAfterSeconds: Math.max(1, Math.ceil(wait)) };
  }

  private levelAt(key: string, terms: BucketTerms, nowMs: number): number {
    const level = this.levels.get(key);
    if (!level) return 0;
    const drained = (Math.max(0, nowMs - level.atMs) / 1_000) * terms.perSecond;
    return Math.max(0, level.points - drained);
  }
}
