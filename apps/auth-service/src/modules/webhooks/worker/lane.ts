import { randomUUID } from 'node:crypto';
import { Clock, Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import {
  type ClaimedDelivery,
  claimDue,
  claimHead,
  claimOldest,
  releaseUnsent,
} from './claim.query.js';
import { DeliveryEnd } from './delivery-end.js';
import { breakerAfter, breakerGate, readBreaker } from '../deliveries/breaker.js';
import { lockHealth, writeHealth } from './endpoint-health.query.js';
import { type EndpointRow, loadEndpoint } from './endpoint.query.js';
import { EndpointTracker } from './endpoint-tracker.js';
import { InFlight } from './in-flight.js';
import { LaneQueue } from './lane-queue.js';
import { LaneTurn } from './lane-turn.js';
import { Sender } from './sender.js';
import { WorkerSettings } from './worker-settings.js';

/** Works off one endpoint: claim, load, sign, send, record, until nothing is due or its turn is over. */
@Injectable()
export class LaneRunner {
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly lanes: LaneQueue,
    private readonly inFlight: InFlight,
    private readonly sender: Sender,
    private readonly ends: DeliveryEnd,
    private readonly tracker: EndpointTracker,
    private readonly settings: WorkerSettings,
  ) {}

  /**
   * One turn. Requests that outlast it go on in the background and give their place to other endpoints; what was
   * leased and not sent is given back.
   */
  async run(webhookId: string): Promise<void> {
    const endpoint = await this.load(webhookId);
    if (!endpoint) return;
    const turn = new LaneTurn(this.settings.sliceMs, this.clock.now());
    const leave = this.lanes.enter(webhookId, endpoint.tenant_id, () => turn.wake());
    let hasMore = false;
    try {
      await this.work(endpoint, turn);
      hasMore = turn.over;
      if (this.clock.now() - turn.oldestStartMs >= this.settings.sliceMs / 2)
        await this.tracker.noteSlow(endpoint);
    } finally {
      turn.end();
      leave();
    }
    if (hasMore)
      await this.lanes.wake([{ webhookId, tenantId: endpoint.tenant_id, slow: endpoint.slow }]);
  }

  /** Starts nothing more. */
  stop(): void {
    this.stopping = true;
  }

  private async load(webhookId: string): Promise<EndpointRow | undefined> {
    return loadEndpoint(this.database, webhookId, this.clock.date());
  }

  private async work(first: EndpointRow, turn: LaneTurn): Promise<void> {
    let endpoint: EndpointRow | undefined = first;
    while (endpoint && !this.stopping) {
      if (await this.ends.endIfUndeliverable(endpoint)) return;
      const gate = gateOf(endpoint, this.clock.now());
      if (gate === 'closed') return;

      turn.forgetWake();
      const mayHaveMore = await this.deliverBatch(endpoint, gate, turn);
      if (mayHaveMore && this.isNearlyOver(turn)) turn.end();
      if (turn.over) return;
      if (!mayHaveMore && !(await turn.wokenWithin(this.settings.lingerMs))) return;
      endpoint = await this.load(endpoint.id);
    }
  }

  /** What is claimed at the end of a turn is given back: a claim for less than one round of requests is a waste. */
  private isNearlyOver(turn: LaneTurn): boolean {
    return (
      turn.deliveries >= this.settings.sliceDeliveries ||
      turn.fits(this.clock.now()) < this.settings.laneWidth
    );
  }

  /** Starts what is due; the last requests are still under way when it returns. @returns false if that was all */
  private async deliverBatch(endpoint: EndpointRow, gate: Gate, turn: LaneTurn): Promise<boolean> {
    const isAlone = gate === 'probe' || endpoint.ordering === 'strict';
    const room = (): number => this.inFlight.room(endpoint, isAlone ? 1 : this.widthOf(endpoint));
    await roomOrEnd(room, turn);
    if (room() === 0) return false;
    const lease = randomUUID();
    const leaseUntilMs = this.clock.now() + this.settings.leaseMs;
    const limit = isAlone ? 1 : this.limitOf(endpoint, room(), turn);
    const batch = isAlone
      ? await this.claimOne(endpoint, gate, lease, leaseUntilMs)
      : await this.claim(endpoint, limit, lease, leaseUntilMs);
    turn.deliveries += batch.length;

    const waiting = await this.ends.cancelUnsendable(endpoint, lease, batch);
    const keys = this.sender.openKeys(endpoint);
    while (waiting.length > 0) {
      await roomOrEnd(room, turn);
      const nowMs = this.clock.now();
      const mayStart =
        !turn.over && !this.stopping && nowMs + this.settings.exchangeMs <= leaseUntilMs;
      const delivery = mayStart && room() > 0 ? waiting.shift() : undefined;
      if (!delivery) break;
      const { answered, recorded } = this.sender.deliver(endpoint, keys, delivery, lease);
      const request = isAlone ? recorded : answered;
      void this.inFlight.track(endpoint.id, endpoint.tenant_id, request);
      turn.track(nowMs, request);
    }
    while (isAlone && turn.underWay > 0 && !turn.over) await turn.change();
    if (waiting.length > 0) turn.end();
    const unsent = waiting.map(({ delivery_id }) => delivery_id);
    await releaseUnsent(this.database, lease, unsent);
    return batch.length === limit;
  }

  /** A slow endpoint is not given more than can be sent at once, no other more than its turn has time for. */
  private limitOf(endpoint: EndpointRow, room: number, turn: LaneTurn): number {
    return endpoint.slow ? room : Math.min(this.settings.claimBatch, turn.fits(this.clock.now()));
  }

  private widthOf(endpoint: EndpointRow): number {
    return this.tracker.width(endpoint.id, this.settings.laneWidth);
  }

  private async claim(
    endpoint: EndpointRow,
    limit: number,
    lease: string,
    leaseUntilMs: number,
  ): Promise<ClaimedDelivery[]> {
    return claimDue(this.database, {
      webhookId: endpoint.id,
      lease,
      leaseUntil: new Date(leaseUntilMs),
      now: this.clock.date(),
      limit,
    });
  }

  /** Under the webhook's lock, and only while nothing else is on its way: a probe, or the head of a strict order. */
  private async claimOne(
    endpoint: EndpointRow,
    gate: Gate,
    lease: string,
    leaseUntilMs: number,
  ): Promise<ClaimedDelivery[]> {
    return this.database.transaction(async (transaction) => {
      const health = await lockHealth(transaction, endpoint.id);
      if (!health) return [];
      const nowMs = this.clock.now();
      if (gate === 'probe' && breakerGate(health.breaker, nowMs).admits !== 'probe') return [];
      const claim = {
        webhookId: endpoint.id,
        lease,
        leaseUntil: new Date(leaseUntilMs),
        now: new Date(nowMs),
      };
      const claimed =
        endpoint.ordering === 'strict'
          ? await claimHead(transaction, claim)
          : await claimOldest(transaction, claim);
      if (gate === 'probe' && claimed.length > 0) {
        const breaker = breakerAfter(health.breaker, { type: 'probe_started' }, nowMs);
        await writeHealth(transaction, { ...health, breaker, paused_until: null }, new Date(nowMs));
      }
      return claimed;
    });
  }
}

/** Waits for one of the turn's own requests to make room; for those of others there is the next turn. */
async function roomOrEnd(room: () => number, turn: LaneTurn): Promise<void> {
  while (room() === 0 && turn.underWay > 0 && !turn.over) await turn.change();
}

type Gate = 'open' | 'probe' | 'closed';

/** Whether anything may be sent: the webhook is on, and no pause asked for by the receiver or the breaker runs. */
function gateOf(endpoint: EndpointRow, nowMs: number): Gate {
  if (!endpoint.enabled || (endpoint.paused_until?.getTime() ?? 0) > nowMs) return 'closed';
  switch (breakerGate(readBreaker(endpoint.breaker), nowMs).admits) {
    case 'all':
      return 'open';
    case 'probe':
      return 'probe';
    case 'none':
      return 'closed';
  }
}
