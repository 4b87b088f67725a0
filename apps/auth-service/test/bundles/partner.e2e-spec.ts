import type { ApiClient } from '#libs/testing';
import { GrantsService } from '../../src/modules/bundles/index.js';
import { ScopeCatalogue } from '../../src/modules/identity/index.js';
import { AccessTokenIssuer } from '../../src/modules/oauth/index.js';
import { cliAdministrator } from '../../src/modules/ops/cli/run-cli.js';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';

describe('operation bundles of an app', () => {
  let auth: AuthApp;
  let tenant: TenantUnderTest;
  let clientId: string;
  let base: string;
  beforeAll(async () => {
    auth = await AuthApp.start();
    tenant = await auth.createTenant();
    clientId = await createApp();
    base = `/v1/platform/apps/${clientId}/operation-bundles`;
  });
  afterAll(() => auth.stop());

  async function createApp(): Promise<string> {
    const { body } = await tenant.admin.post('/v1/platform/apps', {
      body: {
        name: 'Partner',
        grant_types: ['client_credentials'],
        requested_scopes: ['webhooks:write'],
      },
    });
    return body.client_id as string;
  }
  async function ownToken(id: string): Promise<ApiClient> {
    const scopes = await auth.get(ScopeCatalogue).availableTo(tenant.id);
    const { token } = await auth.get(AccessTokenIssuer).issue({
      use: 'client',
      subject: id,
      tenantId: tenant.id,
      clientId: id,
      scopes: scopes.filter(({ name }) => name === 'webhooks:write'),
      ttlSeconds: 600,
      alg: 'ES256',
    });
    return auth.public.withToken(token);
  }
  const grant = (bundle: string): Promise<string> =>
    auth.get(GrantsService).create(cliAdministrator(), { clientId, bundle });

  it('are absent until a bundle is granted, like those of an app that does not exist', async () => {
    for (const path of ['', '/connection-check/1.0.0', '/connection-check/1.0.0/manifest.json']) {
      const none = await tenant.admin.get(base + path);
      expect(none.status).toBe(404);
      expect(none.body.code).toBe('not_found');
    }
    const id = await grant('connection-check');
    expect((await tenant.admin.get(base)).status).toBe(200);
    await auth.get(GrantsService).change(cliAdministrator(), id, 'suspend');
    expect((await tenant.admin.get(base)).status).toBe(404);
    await auth.get(GrantsService).change(cliAdministrator(), id, 'resume');
  });

  it('are listed and described', async () => {
    const { body } = await tenant.admin.get(base);
    expect(body.operation_bundles).toMatchObject([
      {
        name: 'connection-check',
        version: '1.0.0',
        status: 'approved',
        operations: ['ConnectionCheck'],
      },
    ]);
    const detail = await tenant.admin.get(`${base}/connection-check/1.0.0`);
    expect(detail.body.operations[0]).toMatchObject({
      name: 'ConnectionCheck',
      document_id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      document_name: 'x-knogin:connection-check@1.0.0/ConnectionCheck',
      document: expect.stringContaining('result: viewer'),
      required_scopes: [],
      cost: 1,
    });
  });

  it('come as the manifests that clients read', async () => {
    const apollo = await tenant.admin.get(`${base}/connection-check/1.0.0/manifest.json`);
    expect(apollo.body).toMatchObject({ format: 'apollo-persisted-query-manifest', version: 1 });
    const [operation] = apollo.body.operations;
    const relay = await tenant.admin.get(`${base}/connection-check/1.0.0/relay.json`);
    expect(relay.body).toEqual({ [`sha256:${operation.id}`]: operation.body });
  });

  it('say which texts of a manifest would be recognised, of granted bundles alone', async () => {
    const detail = await tenant.admin.get(`${base}/connection-check/1.0.0`);
    const { document, document_id: id } = detail.body.operations[0];
    const { body } = await tenant.admin.post(`${base}/check`, {
      body: {
        format: 'apollo-persisted-query-manifest',
        version: 1,
        operations: [
          {
            id: 'a',
            name: 'ConnectionCheck',
            type: 'query',
            body: document.replace('scopes', 'scopes __typename'),
          },
          {
            id: 'b',
            name: 'ListWebhooks',
            type: 'query',
            body: 'query ListWebhooks { webhooks { nodes { id } } }',
          },
        ],
      },
    });
    expect(body.operations).toEqual([
      {
        name: 'ConnectionCheck',
        matches: true,
        bundle: 'connection-check',
        version: '1.0.0',
        document_id: id,
      },
      { name: 'ListWebhooks', matches: false, bundle: null, version: null, document_id: null },
    ]);
  });

  it('are read by the app with its own token, and by no other app', async () => {
    const own = await ownToken(clientId);
    const at = `${base}/connection-check/1.0.0`;
    for (const path of [base, at, `${at}/manifest.json`, `${at}/relay.json`]) {
      expect((await own.get(path)).body).toEqual((await tenant.admin.get(path)).body);
    }
    const manifest = (await own.get(`${at}/manifest.json`)).body;
    expect((await own.post(`${base}/check`, { body: manifest })).status).toBe(200);

    const stranger = await createApp();
    const theirs = await ownToken(stranger);
    const unheld = await theirs.get(`/v1/platform/apps/${stranger}/operation-bundles`);
    for (const answer of [await theirs.get(base), unheld]) {
      expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
    }
    expect((await own.get('/v1/platform/apps')).status).toBe(403);
  });

  it('do not exist for another tenant', async () => {
    const other = await auth.createTenant();
    expect((await other.admin.get(base)).status).toBe(404);
    const ungranted = await createApp();
    const path = `/v1/platform/apps/${ungranted}/operation-bundles`;
    expect((await tenant.admin.get(path)).status).toBe(404);
  });
});
