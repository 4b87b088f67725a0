import {
  isSignedBy,
  secret,
  uuidOf,
  WebhookFixture,
  type AppUnderTest,
} from './webhook-fixture.js';

const otherSecret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

describe('the webhooks API', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;
  const url = 'https://integrator.example/webhooks/argus';

  beforeAll(async () => {
    fixture = await WebhookFixture.start({ environment: { RATE_LIMIT_SCALE: '1' } });
  });

  beforeEach(async () => {
    app = await fixture.createApp();
  });

  afterAll(() => fixture.stop());

  const put = (id: string, body: unknown, headers: Record<string, string> = {}) =>
    app.api.put(`/v1/webhooks/${id}`, { body, headers });

  it('creates a webhook and shows a generated secret once [W32]', async () => {
    const { status, body, headers } = await app.api.post('/v1/webhooks', {
      body: { url, events: ['incident.updated'] },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      id: expect.stringMatching(/^wh_[0-9A-HJKMNP-TV-Z]{26}$/),
      url,
      events: ['incident.updated'],
      enabled: true,
      status: 'active',
      secret: expect.stringMatching(/^whsec_/),
      secret_format: 'whsec',
    });
    expect(body.secret_hint).toBe(body.secret.slice(-4));
    expect(headers.etag).toBe('"1"');
    const read = await app.api.get(`/v1/webhooks/${body.id}`);
    expect(read.body).toEqual({ ...body, secret: undefined });
    expect((await app.api.get('/v1/webhooks')).text).not.toContain(body.secret);
    expect(fixture.app.log()).not.toContain(body.secret);
    const [row] = await fixture.database.query<{ text: string }>(
      `SELECT (SELECT json_agg(k)::text FROM webhook_key k) || (SELECT coalesce(json_agg(a)::text, '') FROM audit_log a)
         || (SELECT coalesce(json_agg(i)::text, '') FROM idempotency_key i) AS text`,
    );
    expect(row?.text).not.toContain(body.secret.slice('whsec_'.length));
  });

  it.each([
    ['https://user:pass@integrator.example/', 'userinfo'],
    ['https://integrator.example/#x', 'fragment'],
    ['https://10.0.0.1/', 'ip_literal'],
    ['https://0x0a.1/', 'ip_literal'],
    ['https://localhost/', 'single_label'],
    ['https://db.internal/', 'reserved_name'],
    ['https://integrator.example:25/', 'port'],
    ['nonsense', 'malformed'],
  ])('refuses the URL %s [W41]', async (bad, reason) => {
    const created = await app.api.post('/v1/webhooks', {
      body: { url: bad, events: ['incident.updated'] },
    });
    expect([created.status, created.body.code, created.body.reason]).toEqual([
      422,
      'invalid_url',
      reason,
    ]);
    expect(created.body.errors).toEqual([
      { pointer: '/url', code: reason, message: created.body.detail },
    ]);
    const id = await fixture.createWebhook(app, url);
    expect((await put(id, { url: bad })).body).toMatchObject({ code: 'invalid_url', reason });
  });

  it.each([
    [{ url, events: ['incident.nothing'] }, 422, 'unknown_event'],
    [{ url, events: [] }, 422, 'validation_failed'],
    [{ url, events: ['incident.updated', 'incident.updated'] }, 422, 'validation_failed'],
    [{ url, events: ['incident.*'] }, 422, 'validation_failed'],
    [{ url, events: ['incident.updated'], secret: 'short' }, 422, 'weak_secret'],
    [{ url, events: ['incident.updated'], extra: 1 }, 422, 'validation_failed'],
    [{ url, events: ['incident.updated'], app_id: 'app_X' }, 422, 'validation_failed'],
    [{ events: ['incident.updated'] }, 422, 'validation_failed'],
  ])('refuses %j', async (body, status, code) => {
    const answer = await app.api.post('/v1/webhooks', { body });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('refuses event types outside the app’s approved set, by name', async () => {
    await fixture.database.execute(
      `UPDATE platform_app SET governance = '{"allowed_events":["incident.closed"]}' WHERE id = $1`,
      [app.id],
    );
    const { status, body } = await app.api.post('/v1/webhooks', {
      body: { url, events: ['incident.updated', 'incident.closed'] },
    });
    expect([status, body.code, body.events]).toEqual([
      403,
      'event_not_approved',
      ['incident.updated'],
    ]);
  });

  it('has an administrator name the app, and shows them every app’s webhooks', async () => {
    const { admin } = app.tenant;
    const unnamed = await admin.post('/v1/webhooks', {
      body: { url, events: ['incident.updated'] },
    });
    expect(unnamed.body.errors[0]).toMatchObject({ pointer: '/app_id', code: 'required' });
    const { body } = await admin.post('/v1/webhooks', {
      body: { url, events: ['incident.updated'], app_id: app.id },
    });
    const second = await fixture.createApp(app.tenant);
    const other = await fixture.createWebhook(second, url);
    expect((await admin.get('/v1/webhooks')).body.webhooks).toHaveLength(2);
    expect(
      (await app.api.get('/v1/webhooks')).body.webhooks.map(({ id }: { id: string }) => id),
    ).toEqual([body.id]);
    expect((await app.api.get(`/v1/webhooks/${other}`)).status).toBe(404);
  });

  it('answers for foreign, deleted and made-up ids alike [W47]', async () => {
    const strangers = await fixture.createApp();
    const foreign = await fixture.createWebhook(strangers, url);
    const gone = await fixture.createWebhook(app, url);
    expect((await app.api.delete(`/v1/webhooks/${gone}`)).status).toBe(204);
    const made = `wh_${'0'.repeat(25)}1`;
    for (const id of [foreign, gone, made, 'wh_x']) {
      const paths: [string, string][] = [
        ['GET', ''],
        ['PUT', ''],
        ['DELETE', ''],
        ['GET', '/deliveries'],
        ['POST', '/test'],
        ['POST', '/recover'],
        ['GET', '/recover'],
        ['GET', `/recover/rcv_${'0'.repeat(26)}`],
        ['POST', `/deliveries/dlv_${'0'.repeat(26)}/redeliver`],
        ['GET', `/deliveries/dlv_${'0'.repeat(26)}`],
      ];
      for (const [method, path] of paths) {
        const body =
          method === 'PUT'
            ? { enabled: false }
            : method === 'POST' && path === '/recover'
              ? { since: '2026-03-23T00:00:00Z' }
              : undefined;
        const answer = await app.api.send(
          method,
          `/v1/webhooks/${id}${path}`,
          body ? { body } : {},
        );
        expect([method, path, answer.status, { ...answer.body, request_id: '' }]).toEqual([
          method,
          path,
          404,
          {
            type: 'about:blank',
            title: 'Not found',
            status: 404,
            code: 'not_found',
            request_id: '',
          },
        ]);
      }
    }
  });

  it('pages through webhooks with a cursor of its own tenant only', async () => {
    const ids = [];
    for (let n = 0; n < 3; n++) ids.unshift(await fixture.createWebhook(app, url));
    const first = await app.api.get('/v1/webhooks?limit=2');
    const rest = await app.api.get(`/v1/webhooks?limit=2&cursor=${first.body.next_cursor}`);
    expect(
      [...first.body.webhooks, ...rest.body.webhooks].map(({ id }: { id: string }) => id),
    ).toEqual(ids);
    expect(rest.body.next_cursor).toBeNull();
    const stranger = await fixture.createApp();
    expect(
      (await stranger.api.get(`/v1/webhooks?cursor=${first.body.next_cursor}`)).body.code,
    ).toBe('invalid_cursor');
  });

  it('keeps event types in the order in which they were sent', async () => {
    const events = ['incident.updated', 'incident.created', 'incident.closed'];
    const created = await app.api.post('/v1/webhooks', { body: { url, events } });
    expect(created.body.events).toEqual(events);
    const turned = [...events].reverse();
    expect((await put(created.body.id, { events: turned })).body.events).toEqual(turned);
    const { body } = await app.api.get(`/v1/webhooks/${created.body.id}`);
    expect(body.events).toEqual(turned);
  });

  it('shows an administrator the webhooks of one app', async () => {
    const id = await fixture.createWebhook(app, url);
    const other = await fixture.createApp(app.tenant);
    await fixture.createWebhook(other, url);
    const list = async (appId: string): Promise<string[]> => {
      const { body } = await app.tenant.admin.get(`/v1/webhooks?app_id=${appId}`);
      return (body.webhooks as { id: string }[]).map((webhook) => webhook.id);
    };
    expect(await list(app.id)).toEqual([id]);
    expect(await list('app_1')).toEqual([]);
    expect((await other.api.get(`/v1/webhooks?app_id=${app.id}`)).body.webhooks).toEqual([]);
  });

  it('updates only what is named [W46]', async () => {
    const id = await fixture.createWebhook(app, url, { description: 'ours' });
    const { status, body } = await put(id, { events: ['incident.updated', 'incident.closed'] });
    expect([status, body.id, body.events]).toEqual([
      200,
      id,
      ['incident.updated', 'incident.closed'],
    ]);
    expect(body).toMatchObject({
      url,
      description: 'ours',
      enabled: true,
      secret_hint: secret.slice(-4),
    });
    expect((await put(id, { description: null })).body.description).toBeNull();
    expect((await put(id, { url: null })).status).toBe(422);
    expect((await put(id, {})).status).toBe(422);
    expect((await app.api.put(`/v1/webhooks/${id}`)).status).toBe(422);
  });

  it('holds a change against its ETag', async () => {
    const id = await fixture.createWebhook(app, url);
    expect((await put(id, { enabled: false }, { 'if-match': '"7"' })).body.code).toBe(
      'etag_mismatch',
    );
    expect((await put(id, { enabled: false }, { 'if-match': '"1"' })).headers.etag).toBe('"2"');
  });

  it('repeats an answer for a repeated Idempotency-Key, per tenant [W51]', async () => {
    const body = { url, events: ['incident.updated'] };
    const headers = { 'idempotency-key': 'create-1' };
    const first = await app.api.post('/v1/webhooks', { body, headers });
    const again = await app.api.post('/v1/webhooks', { body, headers });
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    const changed = await app.api.post('/v1/webhooks', {
      body: { ...body, enabled: false },
      headers,
    });
    expect(changed.body.code).toBe('idempotency_key_reused');
    const other = await fixture.createApp();
    expect((await other.api.post('/v1/webhooks', { body, headers })).body.id).not.toBe(
      first.body.id,
    );
  });

  it('repeats an answer for a day, one with a secret for ten minutes', async () => {
    const bodies = [
      { url, events: ['incident.updated'], secret },
      { url, events: ['incident.updated'] },
    ];
    const create = (n: number) =>
      app.api.post('/v1/webhooks', { body: bodies[n], headers: { 'idempotency-key': `day-${n}` } });
    const [given, made] = [await create(0), await create(1)];
    fixture.clock.advance(9 * 60_000);
    expect((await create(0)).body).toEqual(given.body);
    expect((await create(1)).body).toEqual(made.body);
    fixture.clock.advance(60_000);
    expect((await create(1)).body.code).toBe('idempotency_replay_expired');
    fixture.clock.advance(23.8 * 3_600_000);
    expect((await create(0)).body).toEqual(given.body);
    expect((await create(1)).body.code).toBe('idempotency_replay_expired');
    fixture.clock.advance(3_600_000);
    expect((await create(0)).body.id).not.toBe(given.body.id);
  });

  it('rotates secrets with overlap, and the same one again is none [W33]', async () => {
    const id = await fixture.createWebhook(app, url);
    const keys = () =>
      fixture.database.query<{ expires_at: Date | null }>(
        'SELECT expires_at FROM webhook_key WHERE webhook_id = $1 ORDER BY created_at DESC, id DESC',
        [uuidOf(id)],
      );
    await put(id, { secret });
    expect(await keys()).toHaveLength(1);
    await put(id, { secret: otherSecret });
    await put(id, { secret: otherSecret });
    expect(await keys()).toEqual([
      { expires_at: null },
      { expires_at: new Date(fixture.clock.now() + 86_400_000) },
    ]);
    expect((await put(id, { secret: 'a third secret of thirty-two chars' })).status).toBe(200);
    const limited = await put(id, { secret: 'a fourth secret of thirty-two char' });
    expect([limited.status, limited.body.code, limited.body.retry_after]).toEqual([
      409,
      'rotation_limit',
      86_400,
    ]);
    await put(id, { secret: 'a fourth secret of thirty-two char', secret_overlap_seconds: 0 });
    expect(await keys()).toEqual([{ expires_at: null }]);
  });

  it('makes a secret that still signs the newest again, and has no key twice [W33]', async () => {
    const id = await fixture.createWebhook(app, url);
    const third = 'a third secret of thirty-two chars';
    await put(id, { secret: otherSecret });
    await put(id, { secret: third });
    const back = await put(id, { secret: otherSecret });
    expect(back.body).toMatchObject({ secret_hint: otherSecret.slice(-4) });
    const keys = await fixture.database.query(
      `SELECT hint, expires_at FROM webhook_key WHERE webhook_id = $1 ORDER BY created_at DESC, id DESC`,
      [uuidOf(id)],
    );
    const expires_at = new Date(fixture.clock.now() + 86_400_000);
    expect(keys).toEqual([
      { hint: otherSecret.slice(-4), expires_at: null },
      { hint: third.slice(-4), expires_at },
      { hint: secret.slice(-4), expires_at },
    ]);
    await put(id, { secret_overlap_seconds: 0 });
    const left = 'SELECT hint FROM webhook_key WHERE webhook_id = $1';
    expect(await fixture.database.query(left, [uuidOf(id)])).toEqual([
      { hint: otherSecret.slice(-4) },
    ]);
  });

  it('counts a secret whose overlap is over as none, whether or not it was swept', async () => {
    const id = await fixture.createWebhook(app, url);
    const fourth = 'a fourth secret of thirty-two char';
    await put(id, { secret: otherSecret });
    await put(id, { secret: 'a third secret of thirty-two chars' });
    expect((await put(id, { secret: fourth })).body.code).toBe('rotation_limit');
    fixture.clock.advance(86_400_000);
    expect((await put(id, { secret: fourth })).body).toMatchObject({ secret_hint: 'char' });
    // The first one again is a new key: it signs, and the one that expired does not come back.
    expect((await put(id, { secret })).status).toBe(200);
    const live = await fixture.database.query(
      `SELECT hint FROM webhook_key WHERE webhook_id = $1 AND (expires_at IS NULL OR expires_at > $2)
       ORDER BY created_at DESC, id DESC`,
      [uuidOf(id), fixture.clock.date()],
    );
    expect(live).toEqual([secret.slice(-4), 'char', 'hars'].map((hint) => ({ hint })));
  });

  it('changes nothing for a PUT of what is so already [W33]', async () => {
    const id = await fixture.createWebhook(app, url);
    const before = await app.api.get(`/v1/webhooks/${id}`);
    fixture.clock.advance(1_000);
    for (const body of [
      { secret },
      { secret, url, events: ['incident.updated'], enabled: true, description: null },
      { secret_overlap_seconds: 0 },
    ]) {
      const same = await put(id, body);
      expect([same.body, same.headers.etag]).toEqual([before.body, '"1"']);
    }
    const [audited] = await fixture.database.query(
      `SELECT count(*)::int AS entries FROM audit_log WHERE target_id = $1`,
      [id],
    );
    expect(audited).toEqual({ entries: 1 });
  });

  it('makes a secret for null, once, with an Idempotency-Key only', async () => {
    const id = await fixture.createWebhook(app, url);
    expect((await put(id, { secret: null })).body.code).toBe('idempotency_key_required');
    const made = await put(id, { secret: null }, { 'idempotency-key': 'rotate-1' });
    const again = await put(id, { secret: null }, { 'idempotency-key': 'rotate-1' });
    expect(made.body.secret).toMatch(/^whsec_/);
    expect(again.body.secret).toBe(made.body.secret);
  });

  it('limits an app to twenty webhooks, also under concurrent creates', async () => {
    const answers = await Promise.all(
      Array.from({ length: 25 }, () =>
        app.api.post('/v1/webhooks', {
          body: { url: 'http://127.0.0.1:8000/', events: ['incident.updated'] },
        }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
    expect(answers.find(({ status }) => status !== 201)?.body.code).toBe('limit_reached');
  });

  it('limits writes to sixty a minute', async () => {
    const id = await fixture.createWebhook(app, 'http://127.0.0.1:8000/');
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => put(id, { description: 'x' })),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.headers['retry-after']).toBe('1');
  });

  it('publishes the key of v1a per tenant, and signs with it', async () => {
    const receiver = await fixture.receiver();
    await fixture.createWebhook(app, receiver.url, { signature: 'both' });
    await fixture.publish(app.tenant.id);
    await fixture.deliverAll();
    const signature = String(receiver.requests[0]?.headers['webhook-signature']);
    expect(signature).toMatch(/^v1,\S+ v1a,\S+$/);
    const jwks = await fixture.app.public.get(`/.well-known/webhook-jwks/${app.tenant.id}.json`);
    expect(jwks.body.keys).toEqual([
      expect.objectContaining({ kty: 'OKP', crv: 'Ed25519', use: 'sig' }),
    ]);
    const stranger = await fixture.createApp();
    expect(
      (await fixture.app.public.get(`/.well-known/webhook-jwks/${stranger.tenant.id}.json`)).status,
    ).toBe(404);
    expect((await fixture.app.public.get('/.well-known/jwks.json')).text).not.toContain(
      jwks.body.keys[0].x,
    );
  });

  it('shows the public key of v1a where it signs, and makes no secret where none does', async () => {
    const create = (signature: string) =>
      app.api.post('/v1/webhooks', { body: { url, events: ['incident.updated'], signature } });
    expect((await create('hmac')).body).toMatchObject({ public_key: null });
    const jwks = (): Promise<{ body: { keys: { x: string }[] } }> =>
      fixture.app.public.get(`/.well-known/webhook-jwks/${app.tenant.id}.json`);
    const both = await create('both');
    const [key] = (await jwks()).body.keys;
    const text = `whpk_${Buffer.from(key?.x ?? '', 'base64url').toString('base64')}`;
    expect(both.body).toMatchObject({ public_key: text, secret: expect.any(String) });

    const { body } = await create('ed25519');
    expect(body).toMatchObject({ public_key: text, secret_hint: null, secret_format: null });
    expect(body).not.toHaveProperty('secret');
    expect(body.secret_last_rotated_at).toBeNull();
    const unsigned = await put(body.id, { signature: 'both' });
    expect([unsigned.status, unsigned.body.errors[0].pointer]).toEqual([422, '/secret']);
    const signed = await put(body.id, { signature: 'both', secret });
    expect(signed.body).toMatchObject({ signature: 'both', secret_format: 'whsec' });
  });

  it('takes a whole number as the limit of a page, and no other spelling of it', async () => {
    const id = await fixture.createWebhook(app, url);
    for (const path of ['/v1/webhooks', `/v1/webhooks/${id}/deliveries`])
      for (const [limit, status] of [
        ['100', 200],
        ['1e1', 400],
        ['0x10', 400],
        ['101', 400],
        ['', 400],
      ])
        expect([path, limit, (await app.api.get(`${path}?limit=${limit}`)).status]).toEqual([
          path,
          limit,
          status,
        ]);
  });

  it('tells the limit of writes beside that of the API, and where a test is seen', async () => {
    const id = await fixture.createWebhook(app, url);
    const { body, headers } = await app.api.post(`/v1/webhooks/${id}/test`);
    const location = `/v1/webhooks/${id}/deliveries/${body.delivery_id}`;
    expect(headers.location).toBe(location);
    expect((await app.api.get(location)).body.id).toBe(body.delivery_id);
    expect(String(headers.ratelimit)).toMatch(
      /^"[^"]+";r=\d+;t=\d+, ?"webhook-writes";r=\d+;t=\d+$/,
    );
  });

  it('refuses a parameter that a route does not know', async () => {
    const id = await fixture.createWebhook(app, url);
    for (const path of ['event-types', id, `${id}/recover`, `${id}/deliveries`]) {
      const { status, body } = await app.api.get(`/v1/webhooks/${path}?filter=x`);
      expect([path, status, body.code]).toEqual([path, 400, 'invalid_parameter']);
    }
  });

  it('lists the event types of the tenant', async () => {
    const { body } = await app.api.get('/v1/webhooks/event-types');
    expect(body.event_types).toContainEqual(
      expect.objectContaining({
        name: 'incident.updated',
        description: 'An incident changed',
        schema: null,
        approval: 'auto',
        approved: true,
      }),
    );
    const german = await app.tenant.admin.get('/v1/webhooks/event-types', {
      headers: { 'accept-language': 'de' },
    });
    expect(german.body.event_types).toContainEqual(
      expect.objectContaining({ description: 'Ein Vorfall hat sich geändert', approved: null }),
    );
  });

  it('sends a test with all live keys, also while disabled, in the history and once [W55]', async () => {
    const receiver = await fixture.receiver();
    const id = await fixture.createWebhook(app, receiver.url, { enabled: false });
    await put(id, { secret: otherSecret });
    const { status, body } = await app.api.post(`/v1/webhooks/${id}/test`);
    expect([status, body]).toEqual([
      202,
      { delivery_id: expect.stringMatching(/^dlv_test_/), status: 'queued' },
    ]);
    expect(await fixture.deliveries(app, id, '?status=queued')).toHaveLength(1);
    expect(await fixture.deliveries(app, id, '?status=paused')).toEqual([]);
    await fixture.runTests();
    const [request] = receiver.requests;
    expect(request?.headers['x-knogin-test']).toBe('true');
    for (const key of [secret, otherSecret]) {
      expect(isSignedBy(key, request)).toBe(true);
    }
    expect(JSON.parse(request?.body.toString() ?? '')).toMatchObject({
      type: 'webhook.test',
      test: true,
    });
    expect(await fixture.deliveries(app, id, '?test=true')).toEqual([
      expect.objectContaining({
        id: body.delivery_id,
        status: 'succeeded',
        test: true,
        trigger: 'test',
      }),
    ]);
    const answers = [];
    for (let n = 0; n < 10; n++)
      answers.push((await app.api.post(`/v1/webhooks/${id}/test`)).status);
    expect(answers).toEqual([...Array.from({ length: 9 }, () => 202), 429]);
    const refused = await app.api.post(`/v1/webhooks/${id}/test`);
    expect(refused.headers['retry-after']).toBe('6');
    const other = await fixture.createWebhook(app, receiver.url);
    expect((await app.api.post(`/v1/webhooks/${other}/test`)).status).toBe(202);
  });
});
