/** One turn of a lane: how long it lasts, and what goes on in it. */
export class LaneTurn {
  /** Nothing more is started once it is over. */
  over = false;
  deliveries = 0;
  /** Requests that it started and that are under way. */
  underWay = 0;
  /** One request at a time, when it looked last. */
  isAlone = false;
  /** Requests of earlier turns, or of the tenant's other lanes, held all places when it looked last. */
  isCrowded = false;
  /** Ended because the webhook is no longer what it was, or is to be spared. */
  isOutdated = false;
  private woken = false;
  private readonly timer: NodeJS.Timeout;
  private readonly patience: NodeJS.Timeout;
  private onChange: (() => void) | undefined;

  /** @param patienceMs how long it waits for the next answer */
  constructor(
    private readonly lengthMs: number,
    patienceMs: number,
    private readonly beginMs: number,
  ) {
    this.timer = setTimeout(() => this.end(), lengthMs);
    this.patience = setTimeout(() => {
      if (this.underWay > 0) this.end();
    }, patienceMs);
  }

  /** How many more deliveries it has time for, at its pace so far; Infinity before the first. */
  fits(nowMs: number): number {
    const pastMs = nowMs - this.beginMs;
    if (this.deliveries === 0 || pastMs <= 0) return Infinity;
    return Math.max(1, Math.ceil((this.deliveries * (this.lengthMs - pastMs)) / pastMs));
  }

  end(): void {
    clearTimeout(this.timer);
    clearTimeout(this.patience);
    this.over = true;
    this.onChange?.();
  }

  /** Ends it: what it knows of the webhook is no longer so. */
  outdate(): void {
    this.isOutdated = true;
    this.end();
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
  track(request: Promise<unknown>): void {
    this.underWay++;
    this.bePatient();
    void request.finally(() => {
      this.underWay--;
      this.bePatient();
      this.onChange?.();
    });
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

  private bePatient(): void {
    if (!this.over) this.patience.refresh();
  }
}
