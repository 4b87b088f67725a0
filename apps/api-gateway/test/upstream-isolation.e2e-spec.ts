import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { EgressClient } from '#libs/egress';
import { rawRequest } from './support/raw-request.js';
import { json, order, UpstreamFixture } from './support/upstream-fixture.js';

describe('between callers and upstreams', () => {
  let upstreams: UpstreamFixture;
  beforeAll(async () => (upstreams = await UpstreamFixture.start()));
  beforeEach(() => upstreams.reset());
  afterAll(() => upstreams.stop());

  it('[G18] get the tenant of the token, and nothing that the caller sent', async () => {
    await upstreams.run('GetOrder', undefined, {
      X_Tenant_ID: 'ten_evil',
      'x-hasura-role': 'admin',
      'x-user-id': 'root',
      'x-forwarded-host': 'evil.example',
      cookie: 'a=b',
    });
    const [request] = upstreams.seen;
    expect(Object.keys(request?.headers ?? {}).sort()).toEqual([
      'accept',
      'connection',
      'content-length',
      'content-type',
      'host',
      'user-agent',
      'x-request-id',
      'x-tenant-id',
    ]);
    expect(request?.headers['x-tenant-id']).toBe(upstreams.partner.tenant.id);
    expect(JSON.stringify(request)).not.toContain(upstreams.partner.token);
    const { query, variables } = JSON.parse(request?.body ?? '') as {
      query: string;
      variables: object;
    };
    expect(query).toContain('query GetOrder');
    expect(variables).toEqual({ id: 'o1', withNote: true });
  });

  it.each<[string, (own: string) => string[]]>([
    ['with underscores', (own) => [own, 'X_Tenant_ID: ten_evil']],
    ['with one underscore', (own) => [own, 'x-tenant_id: ten_evil']],
    ['in another case, after the own one', (own) => [own, 'x-TENANT-id: ten_evil']],
    ['in another case, before the own one', (own) => ['X-TENANT-ID: ten_evil', own]],
    ['with a blank before the colon', (own) => [own, 'X-Tenant-ID : ten_evil']],
    ['with a tab before the colon', (own) => [own, 'X-Tenant-ID\t: ten_evil']],
    ['on a folded line', (own) => [own, 'X-Other: a', ' X-Tenant-ID: ten_evil']],
    ['in a line that ends in LF alone', (own) => [own, 'X-Other: a\nX-Tenant-ID: ten_evil']],
    ['as hop by hop', (own) => [own, 'Connection: x-tenant-id, close', 'X_Tenant_ID: ten_evil']],
    [
      'as somebody else’s header',
      (own) => [own, 'X-Hasura-Tenant-ID: ten_evil', 'X-User-ID: ten_evil'],
    ],
    [
      'as a forwarded header',
      (own) => [own, 'X-Forwarded-X-Tenant-ID: ten_evil', 'Forwarded: for=ten_evil'],
    ],
    [
      'as an original header',
      (own) => [own, 'X-Original-X-Tenant-ID: ten_evil', 'X-HTTP-Tenant-ID: ten_evil'],
    ],
  ])('[G18] keep another tenant %s from the upstream', async (_name, tenantLines) => {
    const { gateway, partner } = upstreams;
    const body = { documentId: 'x-knogin:orders@1.0.0/GetOrder', variables: { id: 'o1' } };
    const answer = await rawRequest(
      gateway.public.baseUrl,
      [
        'POST /graphql HTTP/1.1',
        `Authorization: Bearer ${partner.token}`,
        'Content-Type: application/json',
        ...tenantLines(`X-Tenant-ID: ${partner.tenant.id}`),
      ],
      JSON.stringify(body),
    );
    // Either the header is dropped, or the request is refused before anything is asked.
    expect(upstreams.seen).toHaveLength(answer.startsWith('HTTP/1.1 200') ? 1 : 0);
    expect(answer).toMatch(/^HTTP\/1\.1 (200|400)/);
    for (const { headers } of upstreams.seen) {
      expect(headers['x-tenant-id']).toBe(partner.tenant.id);
      expect(JSON.stringify(headers)).not.toContain('evil');
    }
  });

  it('[G18] keep another tenant in a trailer from the upstream', async () => {
    const { gateway, partner } = upstreams;
    const body = JSON.stringify({
      documentId: 'x-knogin:orders@1.0.0/GetOrder',
      variables: { id: 'o1' },
    });
    const answer = await rawRequest(
      gateway.public.baseUrl,
      [
        'POST /graphql HTTP/1.1',
        `Authorization: Bearer ${partner.token}`,
        'Content-Type: application/json',
        `X-Tenant-ID: ${partner.tenant.id}`,
        'Transfer-Encoding: chunked',
        'Trailer: X-Tenant-ID',
      ],
      `${body.length.toString(16)}\r\n${body}\r\n0\r\nX-Tenant-ID: ten_evil\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(upstreams.seen.map(({ headers }) => headers['x-tenant-id'])).toEqual([
      partner.tenant.id,
    ]);
  });

  it('[G18] send a REST upstream no header of the caller either', async () => {
    upstreams.reply = (_request, response) => json(response, { data: order });
    const evil = { X_Tenant_ID: 'ten_evil', 'x-user-id': 'evil', cookie: 'evil=1' };
    await upstreams.run('GetOrderByRest', undefined, evil);
    const [request] = upstreams.seen;
    expect(request?.headers['x-tenant-id']).toBe(upstreams.partner.tenant.id);
    expect(JSON.stringify(request)).not.toContain('evil');
    expect(JSON.stringify(request)).not.toContain(upstreams.partner.token);
  });

  it.each([301, 302, 303, 307, 308])(
    '[G20] do not follow a redirect of status %i, not even to a host that may be asked',
    async (status) => {
      let followed = 0;
      const other = createServer((_request, response) => {
        followed += 1;
        json(response, { data: { mine: order } });
      }).listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      upstreams.reply = (_request, response) =>
        response.writeHead(status, { location: `http://127.0.0.1:${port}/graphql` }).end();
      expect((await upstreams.run()).status).toBe(502);
      upstreams.reply = (_request, response) =>
        response.writeHead(status, { location: '/elsewhere' }).end();
      expect((await upstreams.run()).status).toBe(502);
      expect([followed, upstreams.seen.length]).toEqual([0, 2]);
      other.close();
    },
  );

  it('leave an upstream alone that fails one tenant, and ask it for all others', async () => {
    const { gateway, partner } = upstreams;
    const other = await gateway.createPartner(['incidents:read']);
    await gateway.grant(other, 'orders');
    const ask = async (as = partner): Promise<number> =>
      (await upstreams.run('GetOrderByRest', { id: 'o1' }, {}, as)).status;
    upstreams.reply = ({ headers }, response) =>
      headers['x-tenant-id'] === partner.tenant.id
        ? json(response, {}, 500)
        : json(response, { data: order });
    for (let call = 0; call < 6; call += 1) expect(await ask()).toBe(502);
    expect(upstreams.seen).toHaveLength(3);
    expect(await ask(other)).toBe(200);
    gateway.clock.advance(30_000);
    upstreams.reply = (_request, response) => json(response, { data: order });
    expect([await ask(), await ask()]).toEqual([200, 200]);
  });

  it('leave an upstream alone for all tenants once it cannot be reached', async () => {
    const { gateway, partner } = upstreams;
    const other = await gateway.createPartner(['incidents:read']);
    await gateway.grant(other, 'orders');
    const send = jest.spyOn(EgressClient.prototype, 'send');
    for (const as of [partner, other, partner, other, partner]) {
      const { status } = await upstreams.run('GetOrderFromNowhere', { id: 'o1' }, {}, as);
      expect(status).toBe(502);
    }
    expect(send).toHaveBeenCalledTimes(3);
    send.mockRestore();
  });

  it('never count what the caller himself is refused', async () => {
    upstreams.reply = (_request, response) => json(response, { code: 'forbidden' }, 403);
    for (let call = 0; call < 5; call += 1) await upstreams.run('GetOrderByRest');
    expect(upstreams.seen).toHaveLength(5);
  });
});
