import { SystemClock } from '#libs/foundation';
import { type ReceivedRequest, type ReceiverServer } from '#libs/testing';
import {
  FIRST_TERMINAL_STATUS,
  storedStatus,
} from '../../../src/modules/webhooks/deliveries/delivery-codes.js';
import { type AppUnderTest, WebhookFixture } from '../webhook-fixture.js';
import { WorkerProcess } from '../worker-process.js';

/** `npm run chaos` runs the full size. */
export const isFull = process.env['CHAOS'] === 'full';

/** What was promised against what arrived. A run whose two sides differ is void. */
export interface Ledger {
  /** Events whose publishing was acknowledged, times the endpoints that subscribed. */
  promised: number;
  /** Of those, different ones that arrived. */
  delivered: number;
  /** Of those, the ones whose row says that they were not and why. */
  visiblyNotDelivered: number;
  /** Requests beyond the first of the same event at the same endpoint. */
  duplicates: number;
}

/** An API in this process, workers as processes of their own, one receiver, and the ledger between them. */
export class ChaosRun {
  readonly #acknowledged: string[] = [];
  readonly #workers: WorkerProcess[] = [];

  private constructor(
    readonly fixture: WebhookFixture,
    readonly app: AppUnderTest,
    readonly receiver: ReceiverServer,
  ) {}

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
  async publish(count: number): Promise<string[]> {
    const event = { tenant_id: this.app.tenant.id, type: 'incident.updated' };
    const answers = await Promise.all(
      Array.from({ length: count }, (_, n) =>
        this.fixture.operator.post('/v1/events', { body: { ...event, data: { n } } }),
      ),
    );
    const ids = answers.filter(({ status }) => status === 202).map(({ body }) => String(body.id));
    this.#acknowledged.push(...ids);
    return ids;
  }

  /** Rows that are still to become deliveries, or to be delivered. */
  async openRows(): Promise<number> {
    const [row] = await this.fixture.database.query<{ n: string }>(
      'SELECT (SELECT count(*) FROM webhook_pending) + (SELECT count(*) FROM event_outbox) AS n',
    );
    return Number(row?.n);
  }

  /** Resolves once everything published has come to its end. */
  async settled(): Promise<void> {
    while ((await this.openRows()) > 0);
  }

  /** To be read once all is settled; in the full size it is told on stderr. */
  async ledger(endpoints: number): Promise<Ledger> {
    const rows = await this.fixture.database.query<{ status: number; n: string }>(
      'SELECT status, count(*) AS n FROM webhook_delivery GROUP BY status',
    );
    if (rows.some(({ status }) => status < FIRST_TERMINAL_STATUS))
      throw new Error('a delivery is neither pending nor at its end');
    const promised = new Set(this.#acknowledged);
    const arrived = new Set(this.receiver.requests.map(keyOf));
    const delivered = [...arrived].filter((key) => promised.has(key.split(' ')[1] ?? '')).length;
    const ledger = {
      promised: promised.size * endpoints,
      delivered,
      visiblyNotDelivered: rows
        .filter(({ status }) => status !== storedStatus.succeeded)
        .reduce((sum, { n }) => sum + Number(n), 0),
      duplicates: this.receiver.requests.length - arrived.size,
    };
    if (isFull)
      process.stderr.write(
        `ledger: ${expect.getState().currentTestName ?? ''}\n        ${JSON.stringify(ledger)}\n`,
      );
    return ledger;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.end('SIGKILL')));
    await this.fixture.stop();
  }
}

const keyOf = ({ path, headers }: ReceivedRequest): string =>
  `${path} ${String(headers['webhook-id'])}`;
