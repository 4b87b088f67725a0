import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
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
import { Sender } from './sender.js';
import { WorkerSettings } from './worker-settings.js';

interface Slice {
  /** Nothing more is started once it is over. */
  over: boolean;
  deliveries: number;
}

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
    const slice: Slice = { over: false, deliveries: 0 };
    const timer = new AbortController();
    const turn = delay(this.settings.sliceMs, undefined, { signal: timer.signal }).then(
      () => {
        slice.over = true;
      },
      // Aborted: the work was done before its turn was over.
      () => undefined,
    );
    try {
      await this.work(webhookId, slice, turn);
    } finally {
      slice.over = true;
      timer.abort();
    }
  }

  /** Starts nothing more. */
  stop(): void {
    this.stopping = true;
  }

  private async work(webhookId: string, slice: Slice, turn: Promise<void>): Promise<void> {
    for (;;) {
      const endpoint = await loadEndpoint(this.database, webhookId, this.clock.date());
      if (!endpoint || this.stopping) return;
      if (await this.ends.endIfUndeliverable(endpoint)) return;
      const gate = gateOf(endpoint, this.clock.now());
      if (gate === 'closed') return;

      const leave = this.lanes.enter(endpoint.tenant_id);
      try {
        const claimed = await this.deliverBatch(endpoint, gate, slice, turn);
        if (claimed === 0) return;
      } finally {
        leave();
      }
      if (this.sliceIsOver(slice)) {
        return this.lanes.wake([{ webhookId, tenantId: endpoint.tenant_id, slow: endpoint.slow }]);
      }
    }
  }

  private sliceIsOver(slice: Slice): boolean {
    return slice.over || slice.deliveries >= this.settings.sliceDeliveries;
  }

  /** @returns how many deliveries were claimed */
  private async deliverBatch(
    endpoint: EndpointRow,
    gate: Gate,
    slice: Slice,
    turn: Promise<void>,
  ): Promise<number> {
    const isAlone = gate === 'probe' || endpoint.ordering === 'strict';
    const width = isAlone ? 1 : this.widthOf(endpoint);
    const room = this.inFlight.room(endpoint, width);
    if (room === 0) return 0;
    const lease = randomUUID();
    const leaseUntilMs = this.clock.now() + this.settings.leaseMs;
    const batch = isAlone
      ? await this.claimOne(endpoint, gate, lease, leaseUntilMs)
      : await this.claim(endpoint, room, lease, leaseUntilMs);
    slice.deliveries += batch.length;

    const waiting = await this.ends.cancelUnsendable(endpoint, lease, batch);
    const keys = this.sender.openKeys(endpoint);
    const mayStart = (): boolean =>
      !slice.over &&
      !this.stopping &&
      this.clock.now() + this.settings.exchangeMs <= leaseUntilMs &&
      this.inFlight.room(endpoint, isAlone ? 1 : this.widthOf(endpoint)) > 0;
    await Promise.race([
      sendAll(waiting, mayStart, (delivery) =>
        this.inFlight.track(
          endpoint.id,
          endpoint.tenant_id,
          this.sender.deliver(endpoint, keys, delivery, lease),
        ),
      ),
      turn,
    ]);
    slice.over ||= waiting.length > 0;
    if (this.inFlight.of(endpoint.id) > 0) await this.tracker.noteSlow(endpoint);
    const unsent = waiting.splice(0).map(({ delivery_id }) => delivery_id);
    await releaseUnsent(this.database, lease, unsent);
    return batch.length;
  }

  private widthOf(endpoint: EndpointRow): number {
    return this.tracker.width(endpoint.id, this.settings.laneWidth);
  }

  private async claim(
    endpoint: EndpointRow,
    room: number,
    lease: string,
    leaseUntilMs: number,
  ): Promise<ClaimedDelivery[]> {
    return claimDue(this.database, {
      webhookId: endpoint.id,
      lease,
      leaseUntil: new Date(leaseUntilMs),
      now: this.clock.date(),
      // A slow endpoint is not given more than it can be sent at once.
      limit: endpoint.slow ? room : this.settings.claimBatch,
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

/** Sends what waits, as many at once as may start; what may not is left in the list. */
async function sendAll(
  waiting: ClaimedDelivery[],
  mayStart: () => boolean,
  send: (delivery: ClaimedDelivery) => Promise<void>,
): Promise<void> {
  return new Promise((resolve) => {
    let underWay = 0;
    const fill = (): void => {
      while (waiting.length > 0 && mayStart()) {
        const delivery = waiting.shift();
        if (!delivery) break;
        underWay++;
        void send(delivery).finally(() => {
          underWay--;
          fill();
        });
      }
      if (underWay === 0) resolve();
    };
    fill();
  });
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
