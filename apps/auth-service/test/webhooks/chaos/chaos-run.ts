import { setTimeout as delay } from 'node:timers/promises';
import { encodeId, SystemClock } from '#libs/foundation';
import type { ReceiverServer } from '#libs/testing';
import {
  FIRST_TERMINAL_STATUS,
  storedStatus,
} from '../../../src/modules/webhooks/deliveries/delivery-codes.js';
import { type AppUnderTest, WebhookFixture } from '../webhook-fixture.js';
import { WorkerProcess } from '../worker-process.js';

/** `npm run chaos` runs the full size. */
export const isFull = process.env['CHAOS'] === 'full';

const settleWithinMs = isFull ? 280_000 : 100_000;

/** What was published against what became of it. A run whose two sides differ is void. */
export interface Ledger {
  /** Events whose publishing was acknowledged, times the endpoints that subscribed. */
  published: number;
  /** Of those, the ones that arrived and are recorded as such. */
  delivered: number;
  /** Of those, the ones whose row says that they were not delivered and why. */
  visiblyNotDelivered: number;
  /** Requests beyond the first of the same event at the same endpoint. */
  duplicates: number;
}

/** An API in this process, workers as processes of their own, receivers, and the ledger between them. */
export class ChaosRun {
  readonly #acknowledged = new Set<string>();
  readonly #workers: WorkerProcess[] = [];

  private constructor(
    readonly fixture: WebhookFixture,
    readonly app: AppUnderTest,
    readonly receiver: ReceiverServer,
  ) {}

  /** @param environment with `WORKER_ROLE: all` the worker is in this process as well */
  static async start(environment: Readonly<Record<string, string>>): Promise<ChaosRun> {
    const fixture = await WebhookFixture.start({
      clock: new SystemClock(),
      environment: { RATE_LIMIT_SCALE: '0', WORKER_ROLE: 'api', ...environment },
    });
    return new ChaosRun(fixture, await fixture.createApp(), await fixture.receiver());
  }

  async subscribe(endpoints: number): Promise<void> {
    for (let n = 0; n < endpoints; n++)
      await this.fixture.createWebhook(this.app, `${this.receiver.url}/${n}`);
  }

  async startWorker(): Promise<WorkerProcess> {
    const { environment } = this.fixture.app;
    const worker = await WorkerProcess.start({ ...environment, WORKER_ROLE: 'worker' });
    this.#workers.push(worker);
    return worker;
  }

  /** Publishes at once; what was refused is the publisher's to repeat, and no promise. @returns the acknowledged ids */
  async publish(count: number, tenantId = this.app.tenant.id): Promise<string[]> {
    const event = { tenant_id: tenantId, type: 'incident.updated' };
    const answers = await Promise.all(
      Array.from({ length: count }, (_, n) =>
        this.fixture.operator.post('/v1/events', { body: { ...event, data: { n } } }),
      ),
    );
    const ids = answers.filter(({ status }) => status === 202).map(({ body }) => String(body.id));
    this.acknowledge(ids);
    return ids;
  }

  /** Takes events into the ledger that were published in another way. */
  acknowledge(eventIds: Iterable<string>): void {
    for (const id of eventIds) this.#acknowledged.add(id);
  }

  /** Resolves once the outbox is empty. */
  async relayed(): Promise<void> {
    await this.until(async () => (await this.count('event_outbox')) === 0, 'the outbox is empty');
  }

  /** Resolves once everything published has come to its end. */
  async settled(): Promise<void> {
    await this.relayed();
    await this.until(async () => (await this.count('webhook_pending')) === 0, 'nothing is pending');
  }

  /** To be read once all is settled; in the full size it is told on stdout. */
  async ledger(endpoints: number): Promise<Ledger> {
    const rows = await this.fixture.database.query<{
      url: string;
      event_id: string;
      status: number;
    }>(
      'SELECT w.url, d.event_id, d.status FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id',
    );
    const arrivals = this.fixture.receivers.flatMap(({ url, requests }) =>
      requests.map(
        ({ path, headers }) => `${new URL(path, url).href} ${String(headers['webhook-id'])}`,
      ),
    );
    const arrived = new Set(arrivals);
    const ledger = {
      published: this.#acknowledged.size * endpoints,
      delivered: 0,
      visiblyNotDelivered: 0,
      duplicates: arrivals.length - arrived.size,
    };
    for (const { url, event_id, status } of rows) {
      const id = encodeId('evt', event_id);
      if (status < FIRST_TERMINAL_STATUS)
        throw new Error(`${id} to ${url} is neither pending nor at its end`);
      if (status === storedStatus.succeeded && !arrived.has(`${url} ${id}`))
        throw new Error(`${id} is recorded as delivered to ${url} and never arrived`);
      // An event whose publishing failed on the way back may be there as well: it was no promise.
      if (!this.#acknowledged.has(id)) continue;
      if (status === storedStatus.succeeded) ledger.delivered++;
      else ledger.visiblyNotDelivered++;
    }
    tell({ ...ledger });
    return ledger;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.end('SIGKILL')));
    await this.fixture.stop();
  }

  private async count(table: 'event_outbox' | 'webhook_pending'): Promise<number> {
    const [row] = await this.fixture.database.query<{ n: string }>(
      `SELECT count(*) AS n FROM ${table}`,
    );
    return Number(row?.n);
  }

  private async until(condition: () => Promise<boolean>, what: string): Promise<void> {
    const deadline = performance.now() + settleWithinMs;
    while (!(await condition())) {
      if (performance.now() > deadline) throw new Error(`after ${settleWithinMs} ms not: ${what}`);
      await delay(50);
    }
  }
}

/** In the full size, what was measured, on stdout. */
export function tell(figures: Readonly<Record<string, number>>): void {
  if (!isFull) return;
  const name = expect.getState().currentTestName ?? '';
  process.stdout.write(`${name}\n        ${JSON.stringify(figures)}\n`);
}
