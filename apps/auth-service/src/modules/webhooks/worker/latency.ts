/** Weight of the latest exchange. */
const WEIGHT = 0.3;
const SLOW_MS = 2_000;
/** Well under the other bound, so that an endpoint does not change lanes with every answer. */
const FAST_MS = 1_000;

/** Moving averages of how long endpoints take to answer (EWMA), in this process. */
export class Latency {
  private readonly averages = new Map<string, number>();

  note(webhookId: string, durationMs: number): void {
    const before = this.averages.get(webhookId);
    this.averages.set(
      webhookId,
      before === undefined ? durationMs : before + WEIGHT * (durationMs - before),
    );
  }

  forget(webhookId: string): void {
    this.averages.delete(webhookId);
  }

  /** @param slow whether the endpoint counts as slow so far */
  isSlow(webhookId: string, slow: boolean): boolean {
    return (this.averages.get(webhookId) ?? 0) > (slow ? FAST_MS : SLOW_MS);
  }
}
