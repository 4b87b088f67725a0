import { Clock, Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { LaneQueue } from './lane-queue.js';
import { Relay } from './relay.js';
import { findDueLanes, sweepExpiredLeases } from './sweep.query.js';

const sweepBatch = 1_000;

/**
 * Twice a second: takes up what was interrupted and wakes every endpoint with due work. Whatever loses a wake-up,
 * a crash after a commit, a flushed Redis, is healed here.
 */
@Injectable()
export class Tick {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly relay: Relay,
    private readonly lanes: LaneQueue,
  ) {}

  async runOnce(): Promise<void> {
    await this.relay.runOnce();
    await sweepExpiredLeases(this.database, this.clock.date(), sweepBatch);
    await this.lanes.wake(await findDueLanes(this.database, this.clock.date()));
  }
}
