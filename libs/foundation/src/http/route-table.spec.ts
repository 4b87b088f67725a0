import { RouteTable } from './route-table.js';

const table = new RouteTable();
table.add({
  method: 'GET',
  path: '/v1/webhooks',
  access: { kind: 'authenticated', scope: 'webhooks:read' },
});
table.add({
  method: 'POST',
  path: '/v1/webhooks',
  access: { kind: 'authenticated', scope: 'webhooks:write' },
});
table.add({
  method: 'GET',
  path: '/v1/webhooks/:webhookId',
  access: { kind: 'authenticated', scope: 'webhooks:read' },
});
table.add({
  method: 'GET',
  path: '/v1/webhooks/event-types',
  access: { kind: 'authenticated', scope: 'webhooks:read' },
});
table.add({
  method: 'POST',
  path: '/v1/events',
  access: { kind: 'operator', scope: 'operator:events' },
});

describe('RouteTable', () => {
  it('knows the routes of one listener only, letter for letter', () => {
    expect(table.match('operator', 'POST', '/v1/events').kind).toBe('route');
    for (const path of ['/v1/events', '/V1/EVENTS', '/v1/events/', '//v1/events']) {
      expect(table.match('public', 'POST', path)).toEqual({ kind: 'unknown' });
    }
    expect(table.match('operator', 'POST', '/V1/events')).toEqual({ kind: 'unknown' });
  });

  it('takes no parameter that cannot be decoded, or holds U+0000', () => {
    for (const id of ['%zz', '%', '%ff', 'wh_%00']) {
      expect(table.match('public', 'GET', `/v1/webhooks/${id}`)).toEqual({ kind: 'unknown' });
    }
    expect(table.match('public', 'GET', '/v1/webhooks/wh%5F1').kind).toBe('route');
  });

  it('names the methods of a known path, HEAD beside GET', () => {
    expect(table.match('public', 'PATCH', '/v1/webhooks')).toEqual({
      kind: 'method-not-allowed',
      allow: ['GET', 'HEAD', 'POST'],
    });
    expect(table.match('public', 'HEAD', '/v1/webhooks').kind).toBe('route');
  });

  it('prefers literal segments to parameters and refuses empty ones', () => {
    const match = table.match('public', 'GET', '/v1/webhooks/event-types');
    expect(match.kind === 'route' && match.route.path).toBe('/v1/webhooks/event-types');
    expect(table.match('public', 'DELETE', '/v1/webhooks/event-types')).toEqual({
      kind: 'method-not-allowed',
      allow: ['GET', 'HEAD'],
    });
    expect(table.match('public', 'GET', '/v1/webhooks/')).toEqual({ kind: 'unknown' });
  });
});
