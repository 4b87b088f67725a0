import { ExecutionError } from './execution-error.js';

/**
 * The end of an operation's time. Resolvers pass `signal` to whatever can be aborted and `bound` whatever cannot, so
 * that a slow nullable field fails alone and the rest of the answer is kept.
 */
export class Deadline {
  private controller: AbortController | undefined;
  private expired = false;
  private readonly waiting = new Set<() => void>();

  /** Made at first use: most operations end without anyone asking. */
  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.expired) this.controller.abort();
    return this.controller.signal;
  }

  /** The work's outcome, or an ExecutionError TIMEOUT as soon as the time is up. */
  async bound<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const giveUp = (): void => reject(new ExecutionError('TIMEOUT'));
      if (this.expired) giveUp();
      else this.waiting.add(giveUp);
      work.then(resolve, reject).finally(() => this.waiting.delete(giveUp));
    });
  }

  expire(): void {
    this.expired = true;
    this.controller?.abort();
    for (const giveUp of this.waiting) giveUp();
    this.waiting.clear();
  }
}
