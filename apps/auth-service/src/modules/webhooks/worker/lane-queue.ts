import { Queues } from '#libs/queues';
import { Injectable } from '@nestjs/common';
import { queueNames } from './queue-names.js';

/** One endpoint with work. */
export interface Lane {
  webhookId: string;
  tenantId: string;
  slow: boolean;
}

const LOWEST_PRIORITY = 100_000;

/** Wakes lanes. The more lanes of a tenant are at work, the further back its next one stands. */
@Injectable()
export class LaneQueue {
  private readonly active = new Map<string, number>();

  constructor(private readonly queues: Queues) {}

  async wake(lanes: readonly Lane[]): Promise<void> {
    const ranks = new Map(this.active);
    const wakeUps = lanes.map((lane) => {
      const rank = (ranks.get(lane.tenantId) ?? 0) + 1;
      ranks.set(lane.tenantId, rank);
      return {
        slow: lane.slow,
        wakeUp: {
          key: lane.webhookId,
          data: { webhook_id: lane.webhookId },
          priority: Math.min(rank, LOWEST_PRIORITY),
        },
      };
    });
    for (const slow of [false, true]) {
      await this.queues.wake(
        slow ? queueNames.slowLane : queueNames.lane,
        wakeUps.filter((entry) => entry.slow === slow).map(({ wakeUp }) => wakeUp),
      );
    }
  }

  /** Counts a lane at work in this process. @returns a function that ends it */
  enter(tenantId: string): () => void {
    this.active.set(tenantId, (this.active.get(tenantId) ?? 0) + 1);
    return () => {
      const left = (this.active.get(tenantId) ?? 1) - 1;
      if (left === 0) this.active.delete(tenantId);
      else this.active.set(tenantId, left);
    };
  }

  /** Lanes at work in this process. */
  get activeLanes(): number {
    return [...this.active.values()].reduce((sum, count) => sum + count, 0);
  }
}
