import type { ServerResponse } from 'node:http';
import type { ReceiverServer } from '#libs/testing';
import { RotateWebhookKeysCommand } from '../../src/modules/ops/cli/rotate-webhook-keys.command.js';
import { cliAdministrator } from '../../src/modules/ops/cli/run-cli.js';
import { LaneQueue } from '../../src/modules/webhooks/worker/lane-queue.js';
import { WorkerSettings } from '../../src/modules/webhooks/worker/worker-settings.js';
import { type AppUnderTest, WebhookFixture } from './webhook-fixture.js';

const DUE = 20;

describe('a change while deliveries are leased', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;
  let receiver: ReceiverServer;
  let webhookId: string;
  let held: ServerResponse | undefined;

  const start = async (settings: Partial<WorkerSettings> = {}): Promise<void> => {
    fixture = await WebhookFixture.start({
      environment: { RATE_LIMIT_SCALE: '0', WORKER_ROLE: 'all' },
    });
    Object.assign(fixture.app.get(WorkerSettings), settings);
    app = await fixture.createApp();
    receiver = await fixture.receiver();
    webhookId = await fixture.createWebhook(app, receiver.url, { signature: 'both' });
    receiver.answer = ({ number }, response) => {
      if (number === 1) held = response;
      else response.writeHead(204).end();
    };
    const later = new Date(fixture.clock.now() + 3_600_000);
    await fixture.database.execute('UPDATE webhook SET paused_until = $1', [later]);
    for (let n = 0; n < DUE; n++) await fixture.publish(app.tenant.id);
    while ((await pending()).length < DUE) await new Promise(setImmediate);
    await fixture.database.execute('UPDATE webhook SET paused_until = NULL');
    await fixture.tick();
    await receiver.received(1);
    expect((await pending()).filter(({ leased }) => leased)).toHaveLength(DUE);
  };

  afterEach(() => fixture.stop());

  /** Resolves once no lane is at work: what was leased is sent, or given back. */
  const laneOver = async (): Promise<void> => {
    while (fixture.app.get(LaneQueue).activeLanes > 0) await new Promise(setImmediate);
  };
  const pending = async (): Promise<readonly { leased: boolean; attempt: number }[]> =>
    fixture.database.query(
      'SELECT lease IS NOT NULL AS leased, attempt FROM webhook_pending ORDER BY attempt DESC',
    );
  const path = (): string => `/v1/webhooks/${webhookId}`;

  it('[W31] to another v1a key: nothing more is signed with the one that is destroyed', async () => {
    // Its turn would last until the request is answered.
    await start({ sliceMs: 60_000 });
    const keyOfTenant = async () =>
      (await fixture.database.query<{ id: string }>('SELECT id FROM tenant_webhook_key'))[0]?.id;
    const former = await keyOfTenant();
    const lanes = fixture.app.get(LaneQueue);
    const heard = new Promise<void>((resolve) => {
      const note = lanes.noteChange.bind(lanes);
      jest.spyOn(lanes, 'noteChange').mockImplementation((id) => {
        note(id);
        resolve();
      });
    });
    await fixture.app
      .get(RotateWebhookKeysCommand)
      .run({ tenant: app.tenant.slug, 'overlap-seconds': '0' }, cliAdministrator());
    const current = await keyOfTenant();
    await heard;
    held?.writeHead(204).end();
    await fixture.settled();
    await fixture.tick();
    await receiver.received(DUE);
    await laneOver();
    await fixture.settled();
    const attempts = await fixture.database.query<{ by: string }>(
      `SELECT CASE WHEN $1 = ANY (key_ids) THEN 'former' WHEN $2 = ANY (key_ids) THEN 'current' END AS by
       FROM webhook_attempt ORDER BY started_at, by DESC`,
      [former, current],
    );
    expect(attempts.map((attempt) => attempt.by)).toEqual([
      'former',
      ...Array<string>(DUE - 1).fill('current'),
    ]);
  });

  describe('in a turn of the usual length', () => {
    beforeEach(() => start());

    it('to disabled: what is not on the wire is given back, its attempt unspent', async () => {
      await app.api.put(path(), { body: { enabled: false } });
      await laneOver();
      const [first, ...rest] = await pending();
      expect(first).toEqual({ leased: true, attempt: 1 });
      expect(rest).toHaveLength(DUE - 1);
      for (const row of rest) expect(row).toEqual({ leased: false, attempt: 0 });
      held?.writeHead(204).end();
      await fixture.settled();
      await fixture.tick();
      await laneOver();
      expect(receiver.requests).toHaveLength(1);
    });

    it.each<[string, () => Promise<void>]>([
      ['during the turn of its lane', () => Promise.resolve()],
      ['after its turn', laneOver],
    ])(
      'to another URL %s: the rest goes there, though a request hangs at the old one',
      async (_name, moment) => {
        const next = await fixture.receiver();
        await moment();
        await app.api.put(path(), { body: { url: next.url } });
        await next.received(DUE - 1);
        held?.writeHead(204).end();
        await fixture.settled();
        expect(receiver.requests).toHaveLength(1);
        expect(await pending()).toEqual([]);
      },
    );

    it.each<[string, () => Promise<unknown>]>([
      ['deleted', () => app.api.delete(path())],
      [
        'an app that is suspended',
        () =>
          app.tenant.admin.patch(`/v1/platform/apps/${app.id}/governance`, {
            body: { status: 'suspended' },
          }),
      ],
    ])('to %s: nothing more is sent', async (_name, change) => {
      await change();
      await laneOver();
      held?.writeHead(204).end();
      await fixture.settled();
      await fixture.tick();
      await laneOver();
      expect(receiver.requests).toHaveLength(1);
      expect(await pending()).toEqual([]);
    });
  });
});

describe('a change to another path of the same host', () => {
  let fixture: WebhookFixture;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({
      environment: { RATE_LIMIT_SCALE: '0', WORKER_ROLE: 'all' },
    });
  });

  afterEach(() => fixture.stop());

  it('is not held up by requests that hang at the former one on all its sockets', async () => {
    const [sockets, more] = [8, 2];
    const app = await fixture.createApp();
    const receiver = await fixture.receiver();
    const held: ServerResponse[] = [];
    receiver.answer = ({ number, path }, response) => {
      // The first answers let the lane grow to its full width.
      if (number > sockets && path.endsWith('/former')) held.push(response);
      else response.writeHead(204).end();
    };
    const webhookId = await fixture.createWebhook(app, `${receiver.url}/former`);
    for (let n = 1; n <= sockets; n++) {
      await fixture.publish(app.tenant.id);
      await receiver.received(n);
      await fixture.settled();
    }
    for (let n = 0; n < sockets + more; n++) await fixture.publish(app.tenant.id);
    await receiver.received(2 * sockets);
    await app.api.put(`/v1/webhooks/${webhookId}`, { body: { url: `${receiver.url}/next` } });
    await receiver.received(2 * sockets + more);
    const paths = receiver.requests.slice(2 * sockets).map(({ path }) => path);
    expect(paths).toEqual(Array(more).fill(expect.stringMatching(/\/next$/)));
    for (const response of held) response.writeHead(204).end();
    await fixture.settled();
  });
});
