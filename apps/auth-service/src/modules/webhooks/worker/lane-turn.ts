/** One turn of a lane: how long it lasts, and what goes on in it. */
export class LaneTurn {
  /** Nothing more is started once it is over. */
  over = false;
  deliveries = 0;
  /** Requests of earlier turns held all places when it looked last. */
  isCrowded = false;
  private woken = false;
  private readonly startedAtMs = new Set<{ readonly ms: number }>();
  private readonly timer: NodeJS.Timeout;
  private onChange: (() => void) | undefined;

  constructor(
    private readonly lengthMs: number,
    private readonly beginMs: number,
  ) {
    this.timer = setTimeout(() => this.end(), lengthMs);
  }

  /** How many more deliveries it has time for, at its pace so far; Infinity before the first. */
  fits(nowMs: number): number {
    const pastMs = nowMs - this.beginMs;
    if (this.deliveries === 0 || pastMs <= 0) return Infinity;
    return Math.max(1, Math.ceil((this.deliveries * (this.lengthMs - pastMs)) / pastMs));
  }

  /** Requests that this turn started and that are under way. */
  get underWay(): number {
    return this.startedAtMs.size;
  }

  end(): void {
    clearTimeout(this.timer);
    this.over = true;
    this.onChange?.();
  }

  /** There is work that the last claim may not have seen. */
  wake(): void {
    this.woken = true;
    this.onChange?.();
  }

  /** Before a claim. */
  forgetWake(): void {
    this.woken = false;
  }

  /** Counts a request until it settles. */
  track(startedAtMs: number, request: Promise<unknown>): void {
    const entry = { ms: startedAtMs };
    this.startedAtMs.add(entry);
    void request.finally(() => {
      this.startedAtMs.delete(entry);
      this.onChange?.();
    });
  }

  /** When the oldest request under way was started. */
  get oldestStartMs(): number {
    const [oldest] = this.startedAtMs;
    return oldest?.ms ?? Infinity;
  }

  /** Resolves when a request settles, the lane is woken or the turn is over. */
  async change(): Promise<void> {
    await new Promise<void>((resolve) => (this.onChange = resolve));
    this.onChange = undefined;
  }

  /** @returns false when nothing is under way any more and nothing woke the lane for so long, or the turn is over */
  async wokenWithin(ms: number): Promise<boolean> {
    const patience = { isOver: false };
    const timer = setTimeout(() => {
      patience.isOver = true;
      this.onChange?.();
    }, ms);
    while (!this.woken && !this.over && (this.underWay > 0 || !patience.isOver))
      await this.change();
    clearTimeout(timer);
    return this.woken && !this.over;
  }
}
