import { Clock, Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import type { ClaimedDelivery } from './claim.query.js';
import { DeliveryEnd } from './delivery-end.js';
import { type EndpointRow, loadEndpoint } from './endpoint.query.js';
import { EndpointTracker } from './endpoint-tracker.js';
import { InFlight } from './in-flight.js';
import { LaneClaims, type Leased } from './lane-claims.js';
import { type LaneGate, laneGate } from './lane-gate.js';
import { LaneQueue } from './lane-queue.js';
import { LaneTurn } from './lane-turn.js';
import { type OpenKeys, Sender } from './sender.js';
import { WorkerSettings } from './worker-settings.js';

/** Works off one endpoint: claim, load, sign, send, record, until nothing is due or its turn is over. */
@Injectable()
export class LaneRunner {
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly lanes: LaneQueue,
    private readonly claims: LaneClaims,
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
    const changes = this.lanes.changes;
    const endpoint = await this.load(webhookId);
    if (!endpoint) return;
    const turn = new LaneTurn(this.settings.sliceMs, this.patienceMs(endpoint), this.clock.now());
    const leave = this.lanes.enter(webhookId, endpoint.tenant_id, turn);
    let hasMore = false;
    try {
      await this.work(endpoint, turn);
      hasMore = turn.over;
    } finally {
      turn.end();
      leave();
    }
    const again = async (): Promise<void> => {
      if (this.stopping) return;
      await this.lanes.wake([{ webhookId, tenantId: endpoint.tenant_id, slow: endpoint.slow }]);
    };
    if (!hasMore && !turn.isCrowded) return;
    // Where not its own requests but those of its tenant take all places, the tick sees to it.
    const isFull = this.inFlight.of(endpoint) >= (turn.isAlone ? 1 : this.widthOf(endpoint));
    const isAsLoaded = !turn.isOutdated && changes === this.lanes.changes;
    if (isFull && isAsLoaded) this.inFlight.onceSettled(endpoint, () => void again());
    else await again();
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
      const gate = laneGate(endpoint, this.clock.now());
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
  private async deliverBatch(
    endpoint: EndpointRow,
    gate: LaneGate,
    turn: LaneTurn,
  ): Promise<boolean> {
    const isAlone = gate === 'probe' || endpoint.ordering === 'strict';
    turn.isAlone = isAlone;
    const room = (): number => this.inFlight.room(endpoint, isAlone ? 1 : this.widthOf(endpoint));
    await roomOrEnd(room, turn);
    turn.isCrowded = room() === 0;
    if (turn.isCrowded) return false;
    // Before the claim: a key that cannot be opened spends no attempt.
    const keys = this.sender.openKeys(endpoint);
    const limit = isAlone ? 1 : this.limitOf(endpoint, room(), turn);
    const leased = isAlone
      ? await this.claims.one(endpoint, gate)
      : await this.claims.batch(endpoint, limit);
    if (!leased) return true;
    turn.deliveries += leased.deliveries.length;

    let waiting = [...leased.deliveries];
    try {
      waiting = await this.ends.cancelUnsendable(endpoint, leased.lease, leased.deliveries);
      while (waiting.length > 0) {
        await roomOrEnd(room, turn);
        const delivery = room() > 0 && this.mayStart(turn, leased) ? waiting.shift() : undefined;
        if (!delivery) break;
        this.start(endpoint, keys, delivery, leased.lease, isAlone, turn);
      }
      while (isAlone && turn.underWay > 0 && !turn.over) await turn.change();
    } finally {
      if (waiting.length > 0) {
        turn.end();
        await this.claims.release(leased, waiting);
      }
    }
    return leased.deliveries.length === limit;
  }

  private mayStart(turn: LaneTurn, { untilMs }: Leased): boolean {
    const isLeasedFor = this.clock.now() + this.settings.exchangeMs <= untilMs;
    return !turn.over && !this.stopping && isLeasedFor;
  }

  private start(
    endpoint: EndpointRow,
    keys: OpenKeys,
    delivery: ClaimedDelivery,
    lease: string,
    isAlone: boolean,
    turn: LaneTurn,
  ): void {
    const { answered, recorded } = this.sender.deliver(endpoint, keys, delivery, lease);
    // Whichever turn is at work by then, and before this request's place is free.
    void recorded.then((spare) => {
      if (spare) this.lanes.endTurn(endpoint.id);
    });
    const request = isAlone ? recorded : answered;
    void this.inFlight.track(endpoint, request);
    turn.track(request);
  }

  /** A slow endpoint is not given more than can be sent at once, no other more than its turn has time for. */
  private limitOf(endpoint: EndpointRow, room: number, turn: LaneTurn): number {
    return endpoint.slow ? room : Math.min(this.settings.claimBatch, turn.fits(this.clock.now()));
  }

  /**
   * How long it holds a place among the others while nothing is answered. Who is known to be slow is among slow ones;
   * of who has not answered so far, nothing is to be hoped.
   */
  private patienceMs(endpoint: EndpointRow): number {
    const { sliceMs } = this.settings;
    if (endpoint.slow) return sliceMs;
    return this.widthOf(endpoint) > 1 ? sliceMs / 2 : sliceMs / 8;
  }

  private widthOf(endpoint: EndpointRow): number {
    return this.tracker.width(endpoint, this.settings.laneWidth);
  }
}

/** Waits for one of the turn's own requests to make room; for those of others there is the next turn. */
async function roomOrEnd(room: () => number, turn: LaneTurn): Promise<void> {
  while (room() === 0 && turn.underWay > 0 && !turn.over) await turn.change();
}
