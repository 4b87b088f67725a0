import type { Logger } from './logging/logger.js';

/** A job that is repeated, never beside itself. A run that fails is logged, and the next one comes at its time. */
export class Periodic {
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  /** @param work may end early once its signal is aborted: a stop waits for it */
  constructor(
    private readonly job: string,
    private readonly intervalMs: number,
    private readonly work: (stop: AbortSignal) => Promise<unknown>,
    private readonly logger: Logger,
  ) {}

  /** The first run comes after one interval. */
  start(): void {
    this.timer = setInterval(() => {
      this.running ??= this.run().finally(() => (this.running = undefined));
    }, this.intervalMs);
    this.timer.unref();
  }

  /** Begins no further run. Resolves when the one under way has ended. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      await this.work(this.stopping.signal);
    } catch (error) {
      this.logger.warn({ err: error, job: this.job }, 'repeated job failed');
    }
  }
}
