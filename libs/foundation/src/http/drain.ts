import { Injectable } from '@nestjs/common';

/** Whether the process is on its way out: it finishes what it has and takes nothing new. */
@Injectable()
export class Drain {
  started = false;
  private readonly work: (() => Promise<void>)[] = [];

  /** @param stop what begins with the drain and goes on beside it; it may be called again at the end */
  join(stop: () => Promise<void>): void {
    this.work.push(stop);
  }

  /** Resolves when what has joined is stopped. */
  async stopWork(): Promise<void> {
    await Promise.all(this.work.map((stop) => stop()));
  }
}
