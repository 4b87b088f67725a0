import { writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

/** What waits is written once it has so many characters, which a pipe has room for, or the first of it has waited so long. */
const GATHERED = 16_384;
const GATHERED_FOR_MS = 250;
/** Characters that wait for whoever does not read. What comes after them is lost. */
const MOST_WAITING = 16 * 1024 * 1024;
/** The longest time between two tries where the output takes nothing; from 1 ms on, each is twice the last. */
const AGAIN_AT_MOST_MS = 50;
/** Tries in a row that wrote nothing, after which the exit gives up: two seconds of them. */
const LAST_TRIES = 45;

/**
 * One write for many lines: one of its own for each costs as much as a signature. They wait as one text, for a buffer
 * of its own costs each 2 µs. A fatal error and the exit write what is left. Whatever becomes of the log, the process
 * goes on and ends: not with pino's destination, which throws where the disk is full, and then tries for ever to write
 * the rest.
 *
 * Each write is done when it returns, so that the lines keep their order up to the exit; a full pipe does not hold it.
 */
export class StandardOutput implements DestinationStream {
  /** Node makes a pipe non-blocking when it is first asked for it. */
  private readonly fd = process.stdout.fd;
  private waiting = '';
  /** What was handed to the output, and not taken yet. */
  private left = Buffer.alloc(0);
  private timer: NodeJS.Timeout | undefined;
  /** Tries in a row that wrote nothing. */
  private tries = 0;
  private lost = 0;
  private readonly onLoss: (lines: number) => void;

  /** @param onLoss told how many lines were lost, once something is written again */
  constructor(onLoss: (lines: number) => void) {
    this.onLoss = onLoss;
    process.once('exit', () => this.flushSync());
  }

  write(line: string): void {
    if (this.waiting.length >= MOST_WAITING) {
      this.lost++;
      return;
    }
    this.waiting += line;
    if (this.waiting.length >= GATHERED && this.left.length === 0) this.writeOut();
    else this.timer ??= setTimeout(() => this.writeOut(), GATHERED_FOR_MS).unref();
  }

  /** Writes what waits, before it returns. */
  flushSync(): void {
    while (!this.tryToWrite() && this.tries < LAST_TRIES)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, this.pauseMs());
    this.lose();
  }

  private writeOut(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.tryToWrite())
      this.timer ??= setTimeout(() => this.writeOut(), this.pauseMs()).unref();
  }

  /** @returns false where the output is busy, and what is left waits for the next try. What it refuses is lost. */
  private tryToWrite(): boolean {
    try {
      while (this.takeUp()) {
        this.left = this.left.subarray(writeSync(this.fd, this.left));
        this.tries = 0;
        // Behind all that waited, where there is room for it.
        if (this.left.length === 0 && this.waiting === '') this.tellLoss();
      }
    } catch (error) {
      if (isBusy(error)) {
        this.tries++;
        return false;
      }
      this.lose();
    }
    return true;
  }

  /** Whether anything is left to be written. */
  private takeUp(): boolean {
    if (this.left.length === 0) {
      this.left = Buffer.from(this.waiting);
      this.waiting = '';
    }
    return this.left.length > 0;
  }

  private pauseMs(): number {
    return Math.min(2 ** (this.tries - 1), AGAIN_AT_MOST_MS);
  }

  private lose(): void {
    this.lost += linesIn(this.left) + linesIn(Buffer.from(this.waiting));
    this.left = Buffer.alloc(0);
    this.waiting = '';
  }

  private tellLoss(): void {
    if (this.lost === 0) return;
    const lines = this.lost;
    this.lost = 0;
    this.onLoss(lines);
  }
}

/** A pipe that does not block, and is full. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}

function linesIn(bytes: Buffer): number {
  return bytes.reduce((count, byte) => count + (byte === 0x0a ? 1 : 0), 0);
}
