import type { Route } from '#libs/foundation';
import type { ApiAnswer } from '#libs/testing';
import { CreateGrantCommand } from '../../src/modules/ops/cli/bundles/create-grant.command.js';
import { cliAdministrator } from '../../src/modules/ops/cli/run-cli.js';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';

const scopes = ['webhooks:read', 'webhooks:write'];

/** A body that the route would accept, so that nothing but the tenant stands in the way. */
const bodies: Record<string, unknown> = {
  'POST /v1/platform/apps': { name: 'own', grant_types: ['client_credentials'] },
  'PATCH /v1/platform/apps/:client_id': { name: 'stolen' },
  'PATCH /v1/platform/apps/:client_id/governance': { status: 'suspended' },
  'POST /v1/platform/apps/:client_id/service-token': { scopes },
  'POST /v1/platform/apps/:client_id/scope-requests': { scopes, justification: 'stolen' },
  'POST /v1/platform/apps/:client_id/operation-bundles/check': {
    operations: [{ name: 'ConnectionCheck', body: 'query ConnectionCheck { viewer { id } }' }],
  },
  'PUT /v1/webhooks/:webhookId': { events: ['incident.updated'] },
  'POST /v1/webhooks/:webhookId/recover': { since: '2026-03-23T00:00:00Z' },
};

describe('a second tenant’s token on every authenticated route [O43] [O44]', () => {
  let app: AuthApp;
  let owner: TenantUnderTest;
  let stranger: TenantUnderTest;
  /** What the owner has, by the name of the route parameter. */
  let objects: Record<string, string>;
  let routes: readonly Route[];

  beforeAll(async () => {
    app = await AuthApp.start({ environment: { RATE_LIMIT_SCALE: '100' } });
    owner = await app.createTenant();
    stranger = await app.createTenant();
    objects = await createObjects(app, owner);
    routes = app.http.routes.list().filter(({ access }) => access.kind === 'authenticated');
  });

  afterAll(() => app.stop());

  const call = (route: Route, of: TenantUnderTest, values: Record<string, string>) =>
    of.admin.send(route.method, fill(route.path, values), {
      ...(route.method === 'GET' || route.method === 'DELETE'
        ? {}
        : { body: bodies[keyOf(route)] ?? {} }),
    });

  it('finds 404 wherever the route names an object, the same as for one that never was', async () => {
    const named = routes.filter(({ path }) => path.includes(':'));
    expect(named.length).toBeGreaterThan(15);
    const missing = Object.fromEntries(
      Object.entries(objects).map(([name, id]) => [name, `${id.slice(0, -4)}0000`]),
    );
    for (const route of named) {
      const foreign = await call(route, stranger, objects);
      const never = await call(route, stranger, missing);
      expect([keyOf(route), foreign.status]).toEqual([keyOf(route), 404]);
      expect([keyOf(route), comparable(foreign)]).toEqual([keyOf(route), comparable(never)]);
    }
  });

  it('is not refused for want of an object: its owner reads every one of them', async () => {
    // A delivery takes a receiver; its webhook, which is the owner's, stands before it in the path.
    const readable = routes.filter(
      ({ method, path }) => method === 'GET' && path.includes(':') && !path.includes(':deliveryId'),
    );
    for (const route of readable) {
      const { status } = await call(route, owner, objects);
      expect([keyOf(route), status]).toEqual([keyOf(route), 200]);
    }
  });

  it('sees not one foreign row elsewhere', async () => {
    for (const route of routes.filter(({ path }) => !path.includes(':'))) {
      const { text } = await call(route, stranger, {});
      for (const id of [owner.id, ...Object.values(objects).filter((value) => /^\w+_/.test(value))])
        expect([keyOf(route), text.includes(id)]).toEqual([keyOf(route), false]);
    }
  });

  it('cannot name a foreign app in a body', async () => {
    const { status, text } = await stranger.admin.post('/v1/webhooks', {
      body: {
        app_id: objects.client_id,
        url: 'https://receiver.example/hook',
        events: ['incident.updated'],
      },
    });
    expect(status).toBe(422);
    expect(text).not.toContain(owner.id);
  });

  it('has changed nothing', async () => {
    const { body } = await owner.admin.get(`/v1/platform/apps/${objects.client_id ?? ''}`);
    expect([body.name, body.status]).toEqual(['owned', 'active']);
    const { body: tokens } = await owner.admin.get(
      `/v1/platform/apps/${objects.client_id ?? ''}/service-tokens`,
    );
    expect(tokens.service_tokens).toEqual([expect.objectContaining({ revoked_at: null })]);
  });
});

async function createObjects(
  app: AuthApp,
  owner: TenantUnderTest,
): Promise<Record<string, string>> {
  const { body: created } = await owner.admin.post('/v1/platform/apps', {
    body: { name: 'owned', grant_types: ['client_credentials'], requested_scopes: scopes },
  });
  const path = `/v1/platform/apps/${created.client_id}`;
  const { body: token } = await owner.admin.post(`${path}/service-token`, { body: { scopes } });
  const { body: request } = await owner.admin.post(`${path}/scope-requests`, {
    body: { scopes: ['incidents:read'], justification: 'Nightly export' },
  });
  const { body: webhook } = await owner.admin.post('/v1/webhooks', {
    body: {
      app_id: created.client_id,
      url: 'https://receiver.example/hook',
      events: ['incident.updated'],
    },
  });
  await app
    .get(CreateGrantCommand)
    .run({ 'client-id': created.client_id, bundle: 'connection-check' }, cliAdministrator());
  const { body: recovery } = await owner.admin.post(`/v1/webhooks/${webhook.id}/recover`, {
    body: { since: new Date(app.clock.now() - 60_000).toISOString() },
  });
  return {
    client_id: created.client_id,
    secret_id: created.secrets[0].id,
    token_id: token.id,
    request_id: request.id,
    event_type: 'incident.updated',
    name: 'connection-check',
    version: '1.0.0',
    webhookId: webhook.id,
    recoveryId: recovery.id,
    // Of the owner's webhook, which is what the stranger must not get past.
    deliveryId: 'dlv_01KMD5C1R0E9Z8WPCKJ2R3Z4YX',
  };
}

const keyOf = ({ method, path }: Route): string => `${method} ${path}`;

function fill(path: string, values: Record<string, string>): string {
  return path.replace(/:(\w+)/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined)
      throw new Error(`${path}: say in createObjects what the owner has as :${name}`);
    return value;
  });
}

/** An answer without what differs between any two requests. */
function comparable({ status, body }: ApiAnswer): unknown {
  return { status, body: { ...body, request_id: undefined, instance: undefined } };
}
