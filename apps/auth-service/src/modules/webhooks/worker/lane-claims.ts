import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Clock, Database, LOGGER, type Logger } from '#libs/foundation';
import { Inject, Injectable } from '@nestjs/common';
import { breakerAfter } from '../deliveries/breaker.js';
import {
  type ClaimedDelivery,
  claimDue,
  claimHead,
  claimOldest,
  releaseUnsent,
} from './claim.query.js';
import { lockHealth, writeHealth } from './endpoint-health.query.js';
import type { EndpointRow } from './endpoint.query.js';
import { type LaneGate, laneGate } from './lane-gate.js';
import { WorkerSettings } from './worker-settings.js';

/** Deliveries of one endpoint under one lease. */
export interface Leased {
  lease: string;
  untilMs: number;
  deliveries: readonly ClaimedDelivery[];
}

const releaseRetryMs = 50;

/** Leases what a lane sends, and gives back what it did not. */
@Injectable()
export class LaneClaims {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly settings: WorkerSettings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Due deliveries, best effort; none once the webhook is no longer as it was loaded. */
  async batch(endpoint: EndpointRow, limit: number): Promise<Leased> {
    const nowMs = this.clock.now();
    const { lease, untilMs } = this.newLease(nowMs);
    const deliveries = await claimDue(this.database, {
      webhookId: endpoint.id,
      version: endpoint.version,
      lease,
      leaseUntil: new Date(untilMs),
      now: new Date(nowMs),
      limit,
    });
    return { lease, untilMs, deliveries };
  }

  /**
   * Under the webhook's lock, and only while nothing else is on its way: a probe, or the head of a strict order.
   * @returns undefined where the webhook is no longer as it was loaded
   */
  async one(endpoint: EndpointRow, gate: LaneGate): Promise<Leased | undefined> {
    return this.database.transaction(async (transaction) => {
      const health = await lockHealth(transaction, endpoint.id);
      const nowMs = this.clock.now();
      if (health?.version !== endpoint.version || laneGate(health, nowMs) !== gate)
        return undefined;
      const { lease, untilMs } = this.newLease(nowMs);
      const claim = {
        webhookId: endpoint.id,
        lease,
        leaseUntil: new Date(untilMs),
        now: new Date(nowMs),
      };
      const deliveries =
        endpoint.ordering === 'strict'
          ? await claimHead(transaction, claim)
          : await claimOldest(transaction, claim);
      if (gate === 'probe' && deliveries.length > 0) {
        const breaker = breakerAfter(health.breaker, { type: 'probe_started' }, nowMs);
        await writeHealth(transaction, { ...health, breaker, paused_until: null }, new Date(nowMs));
      }
      return { lease, untilMs, deliveries };
    });
  }

  /** Their attempts were none. Tried again while the lease lasts: what was not sent must not be told as interrupted. */
  async release(
    { lease, untilMs }: Pick<Leased, 'lease' | 'untilMs'>,
    unsent: readonly ClaimedDelivery[],
  ): Promise<void> {
    const ids = unsent.map(({ delivery_id }) => delivery_id);
    const tries = Math.ceil(this.settings.leaseMs / releaseRetryMs);
    for (let left = tries; ; left--) {
      try {
        await releaseUnsent(this.database, lease, ids);
        return;
      } catch (error) {
        if (left === 1 || this.clock.now() >= untilMs) throw error;
        this.logger.warn({ err: error, deliveries: ids.length }, 'release failed');
        await delay(releaseRetryMs);
      }
    }
  }

  private newLease(nowMs: number): { lease: string; untilMs: number } {
    return { lease: randomUUID(), untilMs: nowMs + this.settings.leaseMs };
  }
}
