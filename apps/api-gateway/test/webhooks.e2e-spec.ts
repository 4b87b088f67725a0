import type { ApiClient } from '#libs/testing';
import { GatewayApp, type Partner } from './support/gateway-app.js';
import { documents } from './support/shipped-documents.js';

const secret = 'a-signing-secret-of-the-integrator';

describe('webhooks', () => {
  let gateway: GatewayApp;
  let partner: Partner;
  let rest: ApiClient;
  beforeAll(async () => {
    const environment = { WEBHOOK_ALLOW_HTTP: 'true', WEBHOOK_EGRESS_ALLOW_CIDRS: '127.0.0.0/8' };
    gateway = await GatewayApp.start({
      environment,
      gatewayEnvironment: { RATE_LIMIT_SCALE: '0' },
    });
    partner = await gateway.createPartner(['webhooks:write']);
    await gateway.grant(partner, 'incident-webhook-configuration');
    rest = gateway.auth.public.withToken(partner.token);
  });
  afterAll(() => gateway.stop());

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are read member by member
  async function run(name: string, variables: object = {}, as = partner): Promise<any> {
    const { status, body, text } = await gateway.call(as, {
      query: documents.get(name),
      variables,
    });
    expect(text).not.toContain(secret);
    expect([status, body.errors]).toEqual([200, undefined]);
    return body.data;
  }
  const input = { url: 'http://127.0.0.1:9999/hook', events: ['incident.updated'], secret };

  it('[G4] name the variable that is no cursor, and nothing else that REST says of it', async () => {
    const { createWebhook } = await run('CreateWebhook', { input });
    const { id } = createWebhook.webhook;
    for (const [name, variables] of [
      ['ListWebhooks', { after: secret }],
      ['ListWebhookDeliveries', { id, after: secret }],
    ] as const) {
      const query = documents.get(name);
      const { status, body, text } = await gateway.call(partner, { query, variables });
      expect([status, body.errors[0].extensions]).toEqual([
        400,
        {
          code: 'BAD_USER_INPUT',
          request_id: expect.any(String),
          variable: 'after',
          rule: 'cursor',
        },
      ]);
      expect(text).not.toContain(secret);
    }
    await run('DeleteWebhook', { input: { id } });
  });

  it('[G27] are the same rows through GraphQL and REST, both ways', async () => {
    const { createWebhook } = await run('CreateWebhook', { input });
    expect(createWebhook.userErrors).toEqual([]);
    const { id } = createWebhook.webhook;
    const seen = await rest.get(`/v1/webhooks/${id}`);
    expect(seen.body).toMatchObject({ id, url: input.url, events: input.events });

    const made = await rest.post('/v1/webhooks', {
      body: { ...input, events: ['incident.closed'] },
    });
    expect(made.status).toBe(201);
    const { webhook } = await run('GetWebhook', { id: made.body.id });
    expect(webhook).toMatchObject({
      id: made.body.id,
      events: ['incident.closed'],
      status: 'active',
    });

    const { webhooks } = await run('ListWebhooks', { first: 1 });
    const next = await run('ListWebhooks', { first: 1, after: webhooks.pageInfo.endCursor });
    const listed = [...webhooks.nodes, ...next.webhooks.nodes].map(
      (node: { id: string }) => node.id,
    );
    const inRest = (await rest.get('/v1/webhooks')).body.webhooks.map(
      (node: { id: string }) => node.id,
    );
    expect(listed).toEqual(inRest);

    const changed = await run('UpdateWebhook', {
      input: { id, events: ['incident.updated', 'incident.closed'], description: 'ours' },
    });
    expect(changed.updateWebhook.webhook.events).toHaveLength(2);
    expect((await rest.get(`/v1/webhooks/${id}`)).body.description).toBe('ours');
    await run('UpdateWebhook', { input: { id, description: null } });
    expect((await rest.get(`/v1/webhooks/${id}`)).body.description).toBeNull();

    expect((await run('DeleteWebhook', { input: { id } })).deleteWebhook).toEqual({
      deletedId: id,
      userErrors: [],
    });
    expect((await rest.get(`/v1/webhooks/${id}`)).status).toBe(404);
    expect((await run('GetWebhook', { id })).webhook).toBeNull();
  });

  it('tell what REST refuses as userErrors', async () => {
    const refused = async (more: object): Promise<unknown[]> => {
      const { createWebhook } = await run('CreateWebhook', { input: { ...input, ...more } });
      expect(createWebhook.webhook).toBeNull();
      return createWebhook.userErrors.map((error: { code: string }) => error.code);
    };
    expect(await refused({ events: ['nothing.happened'] })).toEqual(['UNKNOWN_EVENT']);
    expect(await refused({ secret: 'short' })).toEqual(['WEAK_SECRET']);
    expect(await refused({ url: 'https://localhost/' })).toEqual(['INVALID_URL']);
    const { updateWebhook } = await run('UpdateWebhook', {
      input: { id: 'wh_nothing', enabled: false },
    });
    expect(updateWebhook.userErrors).toMatchObject([{ code: 'NOT_FOUND', field: 'id' }]);
  });

  it('are tested, and their deliveries listed', async () => {
    const { createWebhook } = await run('CreateWebhook', { input });
    const { id } = createWebhook.webhook;
    const { testWebhook } = await run('TestWebhook', { input: { id } });
    expect(testWebhook).toMatchObject({
      deliveryId: expect.stringMatching(/^dlv_test_/),
      status: 'queued',
      userErrors: [],
    });
    const { webhook } = await run('ListWebhookDeliveries', { id });
    expect(webhook.deliveries.nodes).toMatchObject([{ id: testWebhook.deliveryId, test: true }]);
    const none = await run('ListWebhookDeliveries', { id, status: 'SUCCEEDED' });
    expect(none.webhook.deliveries.nodes).toEqual([]);
  });

  it('tell the event types of the tenant', async () => {
    const { webhookEventTypes } = await run('ListWebhookEventTypes');
    const names = webhookEventTypes.map((type: { name: string }) => type.name);
    expect(names).toEqual(
      expect.arrayContaining(['incident.closed', 'incident.created', 'incident.updated']),
    );
  });

  it('belong to the app that calls', async () => {
    const { createWebhook } = await run('CreateWebhook', { input });
    const stranger = await gateway.createPartner(['webhooks:write']);
    await gateway.grant(stranger, 'incident-webhook-configuration');
    const { id } = createWebhook.webhook;
    expect((await run('GetWebhook', { id }, stranger)).webhook).toBeNull();
    const { deleteWebhook } = await run('DeleteWebhook', { input: { id } }, stranger);
    expect(deleteWebhook.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  it('answer 502 while auth-service is away', async () => {
    const away = await GatewayApp.start({ gatewayEnvironment: { RATE_LIMIT_SCALE: '0' } });
    const caller = await away.createPartner(['webhooks:read']);
    await away.grant(caller, 'incident-webhook-configuration');
    const warm = await away.call(caller, { query: documents.get('ListWebhookEventTypes') });
    expect(warm.status).toBe(200);
    await away.auth.http.close(0);
    const { status, body } = await away.call(caller, { query: documents.get('ListWebhooks') });
    expect([status, body.errors[0].extensions.code, body.data]).toEqual([
      502,
      'UPSTREAM_ERROR',
      null,
    ]);
    await away.http.close(0);
    await away.auth.database.drop();
  });
});
