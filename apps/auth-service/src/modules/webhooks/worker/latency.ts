/** Weight of the latest exchange. */
const WEIGHT = 0.3;
const SLOW_MS = 2_000;
/** Well under the other bound, so that an endpoint does not change lanes with every answer. */
const FAST_MS = 1_000;

/** How endpoints answer, as seen by this process: how long they take (EWMA), and whether they are up. */
export class Latency {
  private readonly averages = new Map<string, number>();
  private readonly answers = new Map<string, number>();

  note(webhookId: string, durationMs: number, isUp: boolean): void {
    this.answers.set(webhookId, isUp ? (this.answers.get(webhookId) ?? 0) + 1 : 0);
    const before = this.averages.get(webhookId);
    this.averages.set(
      webhookId,
      before === undefined ? durationMs : before + WEIGHT * (durationMs - before),
    );
  }

  /** Answers since the last that said, or whose absence did, that the endpoint is down. */
  answersInRow(webhookId: string): number {
    return this.answers.get(webhookId) ?? 0;
  }

  /** @param slow whether the endpoint counts as slow so far */
  isSlow(webhookId: string, slow: boolean): boolean {
    return (this.averages.get(webhookId) ?? 0) > (slow ? FAST_MS : SLOW_MS);
  }
}
