import { write, writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

const STDOUT = 1;
/** What waits is written once it has so many characters, or the first of it has waited so long. */
const GATHERED = 65_536;
const GATHERED_FOR_MS = 250;
/** Characters that wait for whoever does not read. What comes after them is lost. */
const MOST_WAITING = 16 * 1024 * 1024;
/** Between two tries where the output takes nothing at the moment, and how many of them in a row the exit makes. */
const AGAIN_MS = 50;
const LAST_TRIES = 40;

/**
 * One write for many lines: one of its own for each costs as much as a signature. They wait as one text, for a buffer
 * of its own costs each 2 µs. A fatal error and the exit write what is left. Whatever becomes of the log, the process
 * goes on and ends: not with pino's destination, which throws where the disk is full, and then tries for ever to write
 * the rest.
 */
export class StandardOutput implements DestinationStream {
  private waiting = '';
  private underWay = Buffer.alloc(0);
  private timer: NodeJS.Timeout | undefined;
  /** While what is under way is not with the system, which was busy. */
  private again: NodeJS.Timeout | undefined;
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
    if (this.waiting.length >= GATHERED) this.handOver();
    else this.timer ??= setTimeout(() => this.handOver(), GATHERED_FOR_MS).unref();
  }

  /** Writes what waits, before it returns. */
  flushSync(): void {
    let left = Buffer.concat([this.takeBack(), this.take()]);
    for (let tries = 0; left.length > 0 && tries < LAST_TRIES;) {
      try {
        left = left.subarray(writeSync(STDOUT, left));
        tries = 0;
      } catch (error) {
        if (!isBusy(error)) break;
        tries++;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, AGAIN_MS);
      }
    }
    this.lost += linesIn(left);
  }

  private handOver(): void {
    if (this.underWay.length > 0) return;
    this.underWay = this.take();
    if (this.underWay.length > 0) this.writeOn();
  }

  private take(): Buffer<ArrayBuffer> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const bytes = Buffer.from(this.waiting);
    this.waiting = '';
    return bytes;
  }

  /** What was to be tried again. */
  private takeBack(): Buffer {
    if (this.again === undefined) return Buffer.alloc(0);
    clearTimeout(this.again);
    this.again = undefined;
    const bytes = this.underWay;
    this.underWay = Buffer.alloc(0);
    return bytes;
  }

  private writeOn(): void {
    this.again = undefined;
    write(STDOUT, this.underWay, (error, written) => {
      if (isBusy(error)) {
        this.again = setTimeout(() => this.writeOn(), AGAIN_MS).unref();
        return;
      }
      if (error) this.lost += linesIn(this.underWay);
      this.underWay = this.underWay.subarray(error ? this.underWay.length : written);
      if (this.underWay.length > 0) {
        this.writeOn();
        return;
      }
      if (this.waiting !== '') this.handOver();
      // Behind what waited, where there is room for it.
      if (!error) this.tellLoss();
    });
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
