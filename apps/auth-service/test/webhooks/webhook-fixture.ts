import { randomBytes } from 'node:crypto';
import { Database, decodeId } from '#libs/foundation';
import { longestTokenSeconds } from '#libs/guards';
import {
  type ApiAnswer,
  type ApiClient,
  FixedClock,
  type ReceivedRequest,
  ReceiverServer,
} from '#libs/testing';
import { Webhook } from 'standardwebhooks';
import { AccessTokenIssuer } from '../../src/modules/oauth/index.js';
import { ScopeCatalogue } from '../../src/modules/identity/index.js';
import { AttemptRecorder } from '../../src/modules/webhooks/worker/attempt-recorder.js';
import { LaneRunner } from '../../src/modules/webhooks/worker/lane.js';
import { Maintenance } from '../../src/modules/webhooks/worker/maintenance.js';
import { NoticeMail } from '../../src/modules/webhooks/worker/notice-mail.js';
import { RecoveryRunner } from '../../src/modules/webhooks/worker/recovery-runner.js';
import { Relay } from '../../src/modules/webhooks/worker/relay.js';
import { Sender } from '../../src/modules/webhooks/worker/sender.js';
import { findDueLanes } from '../../src/modules/webhooks/worker/sweep.query.js';
import { findWaitingTests } from '../../src/modules/webhooks/worker/test-delivery.query.js';
import { TestRunner } from '../../src/modules/webhooks/worker/test-runner.js';
import { Tick } from '../../src/modules/webhooks/worker/tick.js';
import { WorkerSettings } from '../../src/modules/webhooks/worker/worker-settings.js';
import { AuthApp, type AuthAppOptions, type TenantUnderTest } from '../support/auth-app.js';

/** An app of a tenant with a token for its webhooks. */
export interface AppUnderTest {
  id: string;
  tenant: TenantUnderTest;
  api: ApiClient;
}

export const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** auth-service with local receivers allowed, and the webhook worker's steps at hand. */
export class WebhookFixture {
  readonly receivers: ReceiverServer[] = [];

  private constructor(
    readonly app: AuthApp,
    readonly operator: ApiClient,
  ) {}

  static async start(options: AuthAppOptions = {}): Promise<WebhookFixture> {
    const app = await AuthApp.start({
      ...options,
      environment: {
        WEBHOOK_ALLOW_HTTP: 'true',
        WEBHOOK_EGRESS_ALLOW_CIDRS: '127.0.0.1/32',
        ...options.environment,
      },
    });
    // Where a suite takes the steps itself, a turn of a lane ends with its work and not for the machine's slowness.
    if (options.environment?.WORKER_ROLE === undefined)
      Object.assign(app.get(WorkerSettings), { sliceMs: 60_000 });
    return new WebhookFixture(app, await app.asOperator());
  }

  get clock(): FixedClock {
    if (this.app.clock instanceof FixedClock) return this.app.clock;
    throw new Error('this suite runs on the machine’s clock');
  }

  get database(): Database {
    return this.app.get(Database);
  }

  async receiver(): Promise<ReceiverServer> {
    const receiver = await ReceiverServer.start();
    this.receivers.push(receiver);
    return receiver;
  }

  /** An app, as the platform API will make it, with a token of its own. */
  async createApp(tenant?: TenantUnderTest): Promise<AppUnderTest> {
    const owner = tenant ?? (await this.app.createTenant());
    const id = `app_${randomBytes(13).toString('hex').toUpperCase()}`;
    await this.database.execute(
      `INSERT INTO platform_app (id, tenant_id, name, application_type, grant_types, redirect_uris, requested_scopes,
         approved_scopes, created_by, created_at, updated_at)
       VALUES ($1, $2, 'Test app', 'web', '{client_credentials}', '{}', '{webhooks:write}', '{webhooks:write}', 'test', $3, $3)`,
      [id, owner.id, this.app.clock.date()],
    );
    const scopes = [...(await this.app.get(ScopeCatalogue).all()).values()];
    const { token } = await this.app.get(AccessTokenIssuer).issue({
      use: 'client',
      subject: id,
      tenantId: owner.id,
      clientId: id,
      scopes: scopes.filter(({ name }) => name === 'webhooks:write'),
      // The clock of a suite may move by weeks.
      ttlSeconds: longestTokenSeconds,
      alg: 'ES256',
    });
    return { id, tenant: owner, api: this.app.public.withToken(token) };
  }

  /** @returns the webhook's wire id */
  async createWebhook(
    app: AppUnderTest,
    url: string,
    members: Readonly<Record<string, unknown>> = {},
  ): Promise<string> {
    const { status, body, text } = await app.api.post('/v1/webhooks', {
      body: { url, events: ['incident.updated'], secret, ...members },
    });
    if (status !== 201) throw new Error(`webhook not created: ${text}`);
    return String(body.id);
  }

  async publish(
    tenantId: string,
    members: Readonly<Record<string, unknown>> = {},
  ): Promise<ApiAnswer> {
    const operator = await this.app.asOperator();
    return operator.post('/v1/events', {
      body: { tenant_id: tenantId, type: 'incident.updated', data: { id: 'inc_1' }, ...members },
    });
  }

  /** Outbox to pending rows. */
  relay(): Promise<void> {
    return this.app.get(Relay).runOnce();
  }

  /** One turn of a webhook's lane, until its results are recorded. */
  lane(webhookId: string): Promise<void> {
    return this.turn(uuidOf(webhookId));
  }

  /** Resolves when every attempt that was begun is recorded. */
  settled(): Promise<void> {
    return this.app.get(Sender).settled();
  }

  /** Everything that is due: outbox, then one turn of every lane that has work. */
  async deliverAll(): Promise<void> {
    await this.relay();
    const { lanes } = await findDueLanes(this.database, this.app.clock.date(), undefined, 1_000);
    for (const { webhookId } of lanes) await this.turn(webhookId);
  }

  /** Every recovery that runs. */
  async recoverAll(): Promise<void> {
    for (const { id } of await this.database.query<{ id: string }>(
      `SELECT id FROM webhook_recovery WHERE status = 'running'`,
    ))
      await this.app.get(RecoveryRunner).run(id);
  }

  /** The requests in the mail about a webhook that was disabled, and what they bring. */
  async followMail(app: AppUnderTest): Promise<void> {
    const [mail] = await this.database.query<{ body: string }>(
      'SELECT body FROM webhook_notice_mail',
    );
    const requests = [...String(mail?.body).matchAll(/^(PUT|POST) (\S+) (\{.*?\})/gm)];
    expect(requests).toHaveLength(2);
    for (const [, method = '', path = '', body = ''] of requests) {
      const answer = await app.api.send(method, path, { body: JSON.parse(body) as object });
      expect(answer.status).toBeLessThan(300);
    }
    await this.recoverAll();
    await this.deliverAll();
  }

  /** What a worker does every minute. */
  async maintain(): Promise<void> {
    await this.app.get(Maintenance).runOnce();
    await this.app.get(NoticeMail).sendDue(new AbortController().signal);
  }

  /** Every test that waits. */
  async runTests(): Promise<void> {
    for (const { webhook_id, delivery_id } of await findWaitingTests(this.database))
      await this.app.get(TestRunner).run(webhook_id, delivery_id);
  }

  tick(): Promise<void> {
    return this.app.get(Tick).runOnce();
  }

  async deliveries(app: AppUnderTest, webhookId: string, query = ''): Promise<DeliverySeen[]> {
    const { body } = await app.api.get(`/v1/webhooks/${webhookId}/deliveries${query}`);
    return body.deliveries as DeliverySeen[];
  }

  private async turn(uuid: string): Promise<void> {
    await this.app.get(LaneRunner).run(uuid);
    await this.app.get(AttemptRecorder).settled();
  }

  async stop(): Promise<void> {
    for (const receiver of this.receivers) await receiver.close();
    await this.app.stop();
  }
}

export interface DeliverySeen {
  id: string;
  status: string;
  event: string;
  event_id: string;
  attempts: number;
  attempted_at: string | null;
  next_attempt_at: string | null;
  response_status: number | null;
  reason: string | null;
  trigger: string;
  test: boolean;
}

/** Whether the standard library signs the request the same way, at the time the request names. */
export function isSignedBy(key: string, request: ReceivedRequest | undefined): boolean {
  if (!request) return false;
  const signature = new Webhook(key).sign(
    String(request.headers['webhook-id']),
    new Date(Number(request.headers['webhook-timestamp']) * 1000),
    request.body.toString(),
  );
  return String(request.headers['webhook-signature']).split(' ').includes(signature);
}

/** The UUID behind `wh_…`. */
export function uuidOf(webhookId: string): string {
  const uuid = decodeId('wh', webhookId);
  if (uuid === undefined) throw new Error(`${webhookId} is no webhook id`);
  return uuid;
}
