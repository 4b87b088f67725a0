import { Database } from '#libs/foundation';
import { FixedClock } from '#libs/testing';
import { decodeJwt } from 'jose';
import { AuthApp } from '../support/auth-app.js';
import { CodeFlow } from '../support/code-flow.js';
import type { ClientUnderTest } from '../support/oauth-client.js';

const auth = 'https://auth.knogin.com';
const api = 'https://api.knogin.com';

describe('a resource at the token endpoint', () => {
  let app: AuthApp;
  let flow: CodeFlow;
  let client: ClientUnderTest;

  beforeAll(async () => {
    app = await AuthApp.start({
      clock: new FixedClock(),
      environment: { RATE_LIMIT_SCALE: '100' },
    });
    await app.get(Database).execute(
      `INSERT INTO scope (name, description_en, description_de, resources, sensitivity, approval, grantable_to) VALUES
         ('desk:read', '', '', '{auth}', 'normal', 'auto', '{authorization_code}'),
         ('archive:read', '', '', '{api}', 'normal', 'auto', '{authorization_code}')`,
    );
    flow = await CodeFlow.create(app);
    client = await flow.newClient({ approved_scopes: ['desk:read', 'archive:read'] });
  });

  afterAll(() => app.stop());

  const codeFor = (scope: string): Promise<string> => flow.authorize({ scope }, client);
  const what = ({ body }: { body: { access_token: string; scope: string } }): unknown => [
    decodeJwt(body.access_token).aud,
    decodeJwt(body.access_token).scope,
    body.scope,
  ];

  it('takes the scopes of every other resource off the token of a code', async () => {
    const both = 'desk:read archive:read';
    expect(what(await flow.redeem(await codeFor(both), { resource: api }, client))).toEqual([
      api,
      'archive:read',
      'archive:read',
    ]);
    expect(what(await flow.redeem(await codeFor(both), {}, client))).toEqual([
      [auth, api],
      'archive:read desk:read',
      'archive:read desk:read',
    ]);
  });

  it('takes them off a refreshed token, and gives them back to one for their own', async () => {
    const { body } = await flow.redeem(
      await codeFor('desk:read archive:read offline_access'),
      {},
      client,
    );
    const first = await flow.refresh(body.refresh_token, { resource: api }, client);
    expect(what(first)).toEqual([api, 'archive:read', 'archive:read offline_access']);
    const second = await flow.refresh(first.body.refresh_token, { resource: auth }, client);
    expect(what(second)).toEqual([auth, 'desk:read', 'desk:read offline_access']);
  });

  it('is refused where no scope was granted for it: no token of another resource comes instead', async () => {
    const redeemed = await flow.redeem(await codeFor('archive:read'), { resource: auth }, client);
    expect([redeemed.status, redeemed.body.error]).toEqual([400, 'invalid_target']);
    const { body } = await flow.redeem(await codeFor('archive:read offline_access'), {}, client);
    const refreshed = await flow.refresh(body.refresh_token, { resource: auth }, client);
    expect([refreshed.status, refreshed.body.error]).toEqual([400, 'invalid_target']);
  });

  it('and a scope that does not belong together are refused as the scope', async () => {
    const { body } = await flow.redeem(
      await codeFor('desk:read archive:read offline_access'),
      {},
      client,
    );
    const answer = await flow.refresh(
      body.refresh_token,
      { resource: api, scope: 'desk:read archive:read' },
      client,
    );
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_scope']);
  });
});
