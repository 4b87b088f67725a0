/** The only source of time. Tests inject a fixed one; nothing else calls `Date.now()`. */
export abstract class Clock {
  /** Milliseconds since the Unix epoch. */
  abstract now(): number;

  /** The same instant as a `Date`, for columns and messages. */
  date(): Date {
    return new Date(this.now());
  }

  /** Whole seconds since the epoch, rounded down: what JWT calls a NumericDate (RFC 7519 section 2). */
  seconds(): number {
    return Math.floor(this.now() / 1000);
  }
}

export class SystemClock extends Clock {
  now(): number {
    // eslint-disable-next-line no-restricted-syntax -- the one place that reads the machine's clock
    return Date.now();
  }
}
