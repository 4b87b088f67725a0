import { countSuccess, type WindowSlot } from '../deliveries/breaker.js';

/** Weight of the latest exchange. */
const WEIGHT = 0.3;
const SLOW_MS = 2_000;
/** Well under the other bound, so that an endpoint does not change lanes with every answer. */
const FAST_MS = 1_000;
/** Endpoints that are remembered; the one that was silent for longest is forgotten first. */
const MOST_ENDPOINTS = 20_000;

/** What this process has seen of a URL: how long it takes (EWMA), whether it is up, what was not written of it. */
export class SeenEndpoint {
  /** Answers since the last that said, or whose absence did, that the endpoint is down. */
  answersInRow = 0;
  /** Whether the row, as this process wrote it last, is in a failing streak. */
  isFailing = false;
  private averageMs: number | undefined;
  private successes: WindowSlot[] = [];

  constructor(readonly url: string) {}

  note(durationMs: number, isUp: boolean): void {
    this.answersInRow = isUp ? this.answersInRow + 1 : 0;
    const before = this.averageMs ?? durationMs;
    this.averageMs = before + WEIGHT * (durationMs - before);
  }

  /** @param slow whether the endpoint counts as slow so far */
  isSlow(slow: boolean): boolean {
    return (this.averageMs ?? 0) > (slow ? FAST_MS : SLOW_MS);
  }

  /** A success that is not written. */
  countSuccess(nowMs: number): void {
    this.successes = countSuccess(this.successes, nowMs);
  }

  /** The successes to be written along, once. */
  takeSuccesses(): readonly WindowSlot[] {
    return this.successes.splice(0);
  }
}

/** What this process remembers of endpoints. Another URL is another endpoint, of which nothing is known. */
export class EndpointMemory {
  private readonly seen = new Map<string, SeenEndpoint>();

  constructor(private readonly most = MOST_ENDPOINTS) {}

  of({ id, url }: { id: string; url: string }): SeenEndpoint {
    let entry = this.seen.get(id);
    if (entry?.url !== url) entry = new SeenEndpoint(url);
    // The last in the map is the last that was asked for.
    this.seen.delete(id);
    this.seen.set(id, entry);
    const [oldest] = this.seen.keys();
    if (this.seen.size > this.most && oldest !== undefined) this.seen.delete(oldest);
    return entry;
  }
}
