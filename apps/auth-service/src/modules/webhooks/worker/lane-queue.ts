import { Queues } from '#libs/queues';
import { Injectable } from '@nestjs/common';
import { InFlight } from './in-flight.js';
import { queueNames } from './queue-names.js';

/** One endpoint with work. */
export interface Lane {
  webhookId: string;
  tenantId: string;
  slow: boolean;
}

/** A lane's turn in this process. */
interface TurnAtWork {
  /** Look again: there may be more. */
  wake(): void;
  /** Start nothing more on what was known. */
  outdate(): void;
}

const LOWEST_PRIORITY = 100_000;

/**
 * Wakes lanes: those at work in this process look again, the others get a job. The more lanes of a tenant are at
 * work, the further back its next one stands. A lane that could send nothing gets none: hundreds of endpoints that
 * never answer would otherwise cost a job each, at every event and every tick.
 */
@Injectable()
export class LaneQueue {
  private readonly active = new Map<string, number>();
  private readonly atWork = new Map<string, TurnAtWork>();
  /** How many changes of webhooks, apps and tenants this process has heard of. */
  changes = 0;

  constructor(
    private readonly queues: Queues,
    private readonly inFlight: InFlight,
  ) {}

  /** @returns how many jobs that took */
  async wake(lanes: readonly Lane[]): Promise<number> {
    const ranks = new Map(this.active);
    const idle = lanes.filter((lane) => !this.wakeAtWork(lane.webhookId) && !this.isFull(lane));
    const wakeUps = idle.map((lane) => {
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
    return wakeUps.length;
  }

  /** A webhook, or all of an app or a tenant, is no longer as it was loaded: nothing more is sent on that. */
  noteChange(webhookId?: string): void {
    this.changes++;
    this.endTurn(webhookId);
  }

  /** Ends the turn of a webhook's lane, or of every lane, so that nothing is sent on what it knew. */
  endTurn(webhookId?: string): void {
    this.inFlight.forget(webhookId);
    if (webhookId === undefined) for (const turn of this.atWork.values()) turn.outdate();
    else this.atWork.get(webhookId)?.outdate();
  }

  /** Counts a lane at work in this process. @returns a function that ends it */
  enter(webhookId: string, tenantId: string, turn: TurnAtWork): () => void {
    this.active.set(tenantId, (this.active.get(tenantId) ?? 0) + 1);
    this.atWork.set(webhookId, turn);
    return () => {
      if (this.atWork.get(webhookId) === turn) this.atWork.delete(webhookId);
      const left = (this.active.get(tenantId) ?? 1) - 1;
      if (left === 0) this.active.delete(tenantId);
      else this.active.set(tenantId, left);
    };
  }

  /** Lanes at work in this process. */
  get activeLanes(): number {
    return [...this.active.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Its requests under way take all its places, and their end will wake it; or its tenant has no place left. */
  private isFull({ webhookId, tenantId, slow }: Lane): boolean {
    return (
      this.inFlight.isAwaited(webhookId) ||
      this.inFlight.roomOfTenant({ tenant_id: tenantId, slow }) <= 0
    );
  }

  private wakeAtWork(webhookId: string): boolean {
    const turn = this.atWork.get(webhookId);
    turn?.wake();
    return turn !== undefined;
  }
}
