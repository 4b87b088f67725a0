/** A second Ctrl-C counts from here on; before, it is npm passing on the one that the terminal sent as well. */
const SECOND_SIGNAL_MS = 500;
const PARENT_WATCH_MS = 250;

export type StopMode = 'drain' | 'force';

/**
 * Why and how the run ends. The first request to stop is the one that counts; a second signal turns a patient stop
 * into a hasty one.
 */
export class Stopper {
  /** Aborted once the run is to end; its reason is the error that ended it, where one did. */
  readonly #controller = new AbortController();
  readonly #onForce: (() => void)[] = [];
  #askedAt = Number.POSITIVE_INFINITY;
  #mode: StopMode = 'drain';

  get mode(): StopMode {
    return this.#mode;
  }

  get isStopping(): boolean {
    return this.#controller.signal.aborted;
  }

  /** What ended the run; undefined after a signal. */
  get failure(): unknown {
    const reason: unknown = this.#controller.signal.reason;
    return reason instanceof Interrupted ? undefined : reason;
  }

  /** Stops on SIGINT, SIGTERM and a closed terminal, by force on the second of them; and when npm is gone. */
  listen(now: () => number = () => performance.now()): void {
    const receive = (): void => {
      if (!this.isStopping) {
        this.#askedAt = now();
        this.interrupt();
      } else if (now() - this.#askedAt > SECOND_SIGNAL_MS) {
        this.#mode = 'force';
        for (const force of this.#onForce) force();
      }
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, receive);
    this.#followNpm();
  }

  /** npm hands a SIGTERM to the shell between us, which dies of it and tells us nothing. */
  #followNpm(): void {
    if (process.env['npm_lifecycle_event'] === undefined) return;
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid !== parent) this.interrupt();
    }, PARENT_WATCH_MS);
    watch.unref();
  }

  interrupt(): void {
    this.#controller.abort(new Interrupted('interrupted'));
  }

  fail(error: Error): void {
    this.#controller.abort(error);
  }

  onForce(force: () => void): void {
    this.#onForce.push(force);
  }

  /** The promise's outcome, unless the run is to end first. */
  async unlessStopped<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.stopped()]);
  }

  /** Rejects when the run is to end. */
  stopped(): Promise<never> {
    const { signal } = this.#controller;
    return new Promise((_, reject) => {
      const end = (): void => reject(signal.reason as Error);
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    });
  }
}

/** The person asked for the end. */
class Interrupted extends Error {}
