import { once } from 'node:events';
import { withTypename } from '#libs/operations';
import { parse, print } from 'graphql';
import { getOrder, json, order, type Reply, UpstreamFixture } from './support/upstream-fixture.js';

describe('upstreams', () => {
  let upstreams: UpstreamFixture;
  beforeAll(async () => (upstreams = await UpstreamFixture.start()));
  beforeEach(() => upstreams.reset());
  afterAll(() => upstreams.stop());

  it('answer in the shape of the approved selection', async () => {
    const { status, body } = await upstreams.run();
    expect(status).toBe(200);
    expect(body).toEqual({
      data: {
        mine: {
          id: 'o1',
          state: 'NEW',
          note: 'fragile',
          items: [
            { id: 'i1', weight: 3 },
            { id: 'i2', hours: 1.5 },
          ],
        },
      },
    });
    const without = await upstreams.run('GetOrder', { id: 'o1', withNote: false });
    expect(without.body.data.mine).not.toHaveProperty('note');
  });

  it('[G12] answer the typename variant with __typename', async () => {
    const augmented = print(withTypename(parse(getOrder)));
    upstreams.reply = (_request, response) =>
      json(response, { data: { mine: { ...order, __typename: 'Order' } } });
    const { body } = await upstreams.gateway.call(upstreams.partner, {
      query: augmented,
      variables: { id: 'o1' },
    });
    expect(body.data.mine).toMatchObject({
      __typename: 'Order',
      items: [{ __typename: 'Good' }, {}],
    });
  });

  it('[G20] pass on neither texts nor stacks nor fields that were not asked for', async () => {
    upstreams.reply = (_request, response) =>
      json(response, {
        data: { mine: { ...order, secret: 's3cret', note: null, extra: 1 }, other: 'x' },
        errors: [
          {
            message: 'connect ECONNREFUSED 10.0.0.5:5432 user=admin',
            path: ['mine', 'note'],
            extensions: { stacktrace: ['at db.internal'] },
          },
        ],
        extensions: { tracing: { host: 'db.internal' } },
      });
    const { status, body, text } = await upstreams.run();
    expect(status).toBe(200);
    expect(body.errors).toEqual([
      {
        message: 'A system behind the gateway failed.',
        path: ['mine', 'note'],
        extensions: { code: 'UPSTREAM_ERROR', request_id: expect.any(String) },
      },
    ]);
    for (const leak of ['s3cret', 'extra', 'other', 'internal', 'ECONNREFUSED', 'tracing']) {
      expect(text).not.toContain(leak);
    }
  });

  it.each<[string, unknown]>([
    ['an enum value that the schema does not have', { ...order, state: 'SECRET_STATE' }],
    ['null where none may be', { ...order, id: null }],
    ['an object for a list', { ...order, items: {} }],
    ['a type that does not fit', { ...order, items: [{ id: 'i1', __typename: 'Order' }] }],
    ['text for a number', { ...order, items: [{ id: 'i1', __typename: 'Good', weight: 'heavy' }] }],
  ])('[G20] refuse %s', async (_name, mine) => {
    upstreams.reply = (_request, response) => json(response, { data: { mine } });
    const { status, body, text } = await upstreams.run();
    expect([status, body.data]).toEqual([502, null]);
    expect(body.errors[0].extensions.code).toBe('UPSTREAM_ERROR');
    expect(text).not.toMatch(/SECRET_STATE|heavy|Order/);
  });

  it.each<[string, Reply]>([
    ['errors without data', (_q, r) => json(r, { errors: [{ message: 'secret' }] })],
    ['a failure', (_q, r) => json(r, { message: 'secret stack' }, 500)],
    ['a refusal', (_q, r) => json(r, { message: 'secret' }, 401)],
    ['HTML', (_q, r) => r.writeHead(200).end('<h1>secret</h1>')],
    ['a reset', (q) => q.socket.destroy()],
  ])('[G20] answer 502 to %s', async (_name, answer) => {
    upstreams.reply = answer;
    const { status, text } = await upstreams.run();
    expect(status).toBe(502);
    expect(text).not.toContain('secret');
    upstreams.reply = (_request, response) => json(response, { data: { mine: order } });
    await upstreams.run();
  });

  it('[G20] are cut off when they are slow, and their socket closed', async () => {
    const closed = new Promise<void>((resolve) => {
      upstreams.reply = (request) => request.socket.once('close', () => resolve());
    });
    const { status, body } = await upstreams.run();
    expect([status, body.errors[0].extensions.code]).toEqual([504, 'TIMEOUT']);
    await closed;
  });

  it('[G20] are cut off when they answer too much', async () => {
    let written = 0;
    const closed = new Promise<void>((resolve) => {
      upstreams.reply = (_request, response) => {
        const chunk = Buffer.alloc(64 * 1024, 'a');
        response.writeHead(200);
        const more = (): void => {
          while (written < 50 * 1024 * 1024 && !response.destroyed) {
            written += chunk.length;
            if (!response.write(chunk)) return void response.once('drain', more);
          }
          response.end();
        };
        response.once('close', resolve);
        more();
      };
    });
    expect((await upstreams.run('GetOrderByRest')).status).toBe(502);
    await closed;
    expect(written).toBeLessThan(50 * 1024 * 1024);
  });

  it('[G20] in a private range are refused unless the operator lists it', async () => {
    expect((await upstreams.run('GetOrderBehindAWall')).status).toBe(502);
    expect(upstreams.seen).toEqual([]);
  });

  it('of kind http are asked by a declarative mapping, with their own credential', async () => {
    upstreams.reply = (_request, response) => json(response, { data: order });
    await upstreams.run('GetOrderByRest');
    const { body } = await upstreams.run('GetOrderByRest', { id: 'a/../b', withNote: true });
    expect(body.data.mine.id).toBe('o1');
    const last = upstreams.seen.at(-1);
    expect(last?.url).toBe('GET /orders/a%2F..%2Fb?note=true');
    expect(last?.headers.authorization).toBe('Bearer service-token');
    const climbing = await upstreams.run('GetOrderByRest', { id: '..' });
    expect([climbing.status, climbing.body.errors[0].extensions]).toEqual([
      400,
      {
        code: 'BAD_USER_INPUT',
        request_id: expect.any(String),
        variable: 'id',
        rule: 'pathSegment',
      },
    ]);
  });

  it('are asked where and with what their operator says now, without a restart', async () => {
    upstreams.reply = (_request, response) => json(response, { data: order });
    /** The first request with the credential. */
    async function seenWith(credential: string): Promise<string | undefined> {
      for (;;) {
        await upstreams.run('GetOrderByRest');
        const last = upstreams.seen.at(-1);
        if (last?.headers.authorization === `Bearer ${credential}`) return last.url;
        await once(AbortSignal.timeout(20), 'abort');
      }
    }
    const moved = { base_url: `${upstreams.baseUrl}/v2`, credential: 'next-token' };
    await upstreams.change('rest', moved);
    expect(await seenWith('next-token')).toMatch(/^GET \/v2\/orders\/o1/);
    const back = { base_url: upstreams.baseUrl, credential: 'service-token' };
    await upstreams.change('rest', back);
    expect(await seenWith('service-token')).toMatch(/^GET \/orders\/o1/);
  });

  it('of kind http: what is not there is null', async () => {
    upstreams.reply = (_request, response) => json(response, { code: 'not_found' }, 404);
    const { status, body } = await upstreams.run('GetOrderByRest');
    expect([status, body]).toEqual([200, { data: { mine: null } }]);
  });

  it('demand the scopes of their own schema', async () => {
    const other = await upstreams.gateway.createPartner(['webhooks:read']);
    await upstreams.gateway.grant(other, 'orders');
    const call = { documentId: 'x-knogin:orders@1.0.0/GetOrder', variables: { id: 'o1' } };
    const { body } = await upstreams.gateway.call(other, call);
    expect(body.errors[0].extensions.code).toBe('INSUFFICIENT_SCOPE');
  });
});
