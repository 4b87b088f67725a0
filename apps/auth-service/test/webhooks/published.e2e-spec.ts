import { decodeId } from '#libs/foundation';
import { type AppUnderTest, WebhookFixture } from './webhook-fixture.js';

describe('what is published', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;

  beforeEach(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    app = await fixture.createApp();
  });

  afterEach(() => fixture.stop());

  it('for one app reaches the webhooks of that app only', async () => {
    const receiver = await fixture.receiver();
    const neighbour = await fixture.createApp(app.tenant);
    const ids = [
      await fixture.createWebhook(app, receiver.url),
      await fixture.createWebhook(neighbour, receiver.url),
    ];
    await fixture.publish(app.tenant.id, { app_id: neighbour.id });
    await fixture.deliverAll();
    expect(receiver.requests).toHaveLength(1);
    expect(await fixture.deliveries(app, String(ids[0]))).toEqual([]);
    expect(await fixture.deliveries(neighbour, String(ids[1]))).toHaveLength(1);
  });

  it('is kept where nobody has subscribed to it', async () => {
    const { body } = await fixture.publish(app.tenant.id);
    await fixture.relay();
    expect(await fixture.database.query('SELECT id FROM event')).toEqual([
      { id: decodeId('evt', String(body.id)) },
    ]);
    expect(await fixture.database.query('SELECT FROM webhook_delivery')).toEqual([]);
    expect(await fixture.database.query('SELECT FROM event_outbox')).toEqual([]);
  });

  /** A type of the catalogue that every app may have. */
  const addType = async (name: string, members: Record<string, unknown>): Promise<void> => {
    const body = {
      description_en: 'A unit moved',
      description_de: 'Eine Einheit bewegte sich',
      sensitivity: 'normal',
      approval: 'auto',
      ...members,
    };
    const operator = await fixture.app.asOperator();
    expect((await operator.put(`/v1/event-types/${name}`, { body })).status).toBe(200);
  };

  it('fits the schema of its type, or is refused with the place that does not', async () => {
    const type = 'unit.moved';
    await addType(type, {
      schema: {
        type: 'object',
        properties: { unit: { type: 'object', properties: { speed: { type: 'number' } } } },
        required: ['unit'],
      },
    });
    const publish = (data: unknown) => fixture.publish(app.tenant.id, { type, data });
    for (const [data, pointer] of [
      [{ unit: { speed: 'fast' } }, '/data/unit/speed'],
      [{}, '/data/unit'],
      ['fast', '/data'],
    ] as const) {
      const { status, body } = await publish(data);
      expect([status, body.code, body.errors[0].pointer]).toEqual([
        422,
        'validation_failed',
        pointer,
      ]);
    }
    expect(await fixture.database.query('SELECT FROM event_outbox')).toEqual([]);
    expect((await publish({ unit: { speed: 3 } })).status).toBe(202);
  });

  it.each([['text'], [5], [null], [true], [[{}]]])(
    'has data that are an object: not %j',
    async (data) => {
      const { status, body } = await fixture.publish(app.tenant.id, { data });
      expect([status, body.code, body.errors[0].pointer]).toEqual([
        422,
        'validation_failed',
        '/data',
      ]);
    },
  );

  it('of a thin type are the ids at the top of its data, checked against the schema before', async () => {
    const receiver = await fixture.receiver();
    const type = 'unit.thinly_moved';
    await addType(type, {
      thin: true,
      schema: { type: 'object', properties: { speed: { type: 'number' } }, required: ['speed'] },
    });
    await fixture.createWebhook(app, receiver.url, { events: [type] });
    const data = { id: 'unit_1', incident_id: 'inc_1', speed: 3, name: 'A1', inner: { id: 'x' } };
    expect((await fixture.publish(app.tenant.id, { type, data: { id: 'unit_1' } })).status).toBe(
      422,
    );
    expect((await fixture.publish(app.tenant.id, { type, data })).status).toBe(202);
    await fixture.deliverAll();
    const [request] = receiver.requests;
    expect(JSON.parse(String(request?.body))).toMatchObject({ type });
    expect(JSON.parse(String(request?.body)).data).toEqual({
      id: 'unit_1',
      incident_id: 'inc_1',
    });
  });

  it.each(['test', 'redeliver', 'recover'])('once by a repeated POST …/%s', async (what) => {
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url);
    const since = fixture.clock.date().toISOString();
    await fixture.publish(app.tenant.id);
    await fixture.deliverAll();
    fixture.clock.advance(1_000);
    const [first] = await fixture.deliveries(app, id);
    const path = what === 'redeliver' ? `deliveries/${first?.id}/redeliver` : what;
    const send = () =>
      app.api.post(`/v1/webhooks/${id}/${path}`, {
        body: what === 'recover' ? { since } : {},
        headers: { 'idempotency-key': 'once' },
      });
    const answers = [await send(), await send()];
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect(answers[1]?.body).toEqual(answers[0]?.body);
    expect(answers[1]?.headers.location).toBe(answers[0]?.headers.location);
    const made = await fixture.database.query(
      `SELECT id FROM webhook_recovery UNION ALL SELECT id FROM webhook_delivery WHERE trigger > 0`,
    );
    expect(made).toHaveLength(1);
  });
});
