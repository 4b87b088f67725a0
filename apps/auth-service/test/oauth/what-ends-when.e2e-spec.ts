import { RevocationFeed } from '#libs/guards';
import type { ApiAnswer } from '#libs/testing';
import { TenantChanges, UserChanges } from '../../src/modules/identity/index.js';
import { cliAdministrator } from '../../src/modules/ops/cli/run-cli.js';
import { AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { CodeFlow, redirectUri } from '../support/code-flow.js';
import type { ClientUnderTest } from '../support/oauth-client.js';

/** docs/operations.md, "what is felt when": what is over does not come back. */
describe('what ends when', () => {
  let app: AuthApp;
  let flow: CodeFlow;

  beforeAll(async () => {
    app = await AuthApp.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    flow = await CodeFlow.create(app);
  });

  afterAll(() => app.stop());

  const path = (by: ClientUnderTest, rest: string): string => `/v1/platform/apps/${by.id}${rest}`;
  const governance = (body: unknown): Promise<ApiAnswer> =>
    flow.tenant.admin.patch(path(flow.client, '/governance'), { body });
  const setUser = (status: 'active' | 'suspended') =>
    app.get(UserChanges).update(cliAdministrator(), flow.tenant.id, flow.person.id, { status });
  const setTenant = (status: 'active' | 'suspended') =>
    app.get(TenantChanges).update(cliAdministrator(), flow.tenant.id, { status });

  /** Everything that could come back: a pending code, a refresh token, a session; and what has become of each. */
  const collect = async (): Promise<() => Promise<Record<string, unknown>>> => {
    const browser = new Browser(app.public);
    const refreshToken = (await flow.redeem(await flow.authorize({}, flow.client, browser))).body
      .refresh_token as string;
    const code = await flow.authorize({}, flow.client, browser);
    return async () => {
      await app.get(RevocationFeed).refresh();
      const refreshed = await flow.refresh(refreshToken);
      const redeemed = await flow.redeem(code);
      const page = await browser.get('/account/sessions');
      return {
        refresh: refreshed.body.error ?? refreshed.status,
        code: redeemed.body.error ?? redeemed.status,
        session: page.status,
      };
    };
  };

  it('leaves alone what nobody ended', async () => {
    const outcome = await collect();
    expect(await outcome()).toEqual({ refresh: 200, code: 200, session: 200 });
  });

  it('ends the refresh tokens and codes of a suspended app for good, and not the sessions', async () => {
    const outcome = await collect();
    await governance({ status: 'suspended' });
    await governance({ status: 'active' });
    expect(await outcome()).toEqual({
      refresh: 'invalid_grant',
      code: 'invalid_grant',
      session: 200,
    });
  });

  it('ends refresh tokens, codes and sessions of a suspended person for good', async () => {
    const outcome = await collect();
    await setUser('suspended');
    await setUser('active');
    expect(await outcome()).toEqual({
      refresh: 'invalid_grant',
      code: 'invalid_grant',
      session: 303,
    });
  });

  it('ends refresh tokens and codes with the tokens that a rotation revokes', async () => {
    const outcome = await collect();
    const { status } = await flow.tenant.admin.post(path(flow.client, '/rotate-secret'), {
      body: { revoke_tokens: true },
    });
    expect(status).toBe(200);
    expect(await outcome()).toEqual({
      refresh: 'invalid_grant',
      code: 'invalid_grant',
      session: 200,
    });
  });

  it('ends a code with the redirect URI that it was sent to, whether it was named or the only one', async () => {
    const other = 'https://integrator.example/elsewhere';
    const setUris = async (uris: string[]) => {
      const { status } = await flow.tenant.admin.patch(path(client, ''), {
        body: { redirect_uris: uris },
      });
      expect(status).toBe(200);
    };
    const client = await flow.newClient();
    const named = await flow.authorize({}, client);
    const implied = await flow.authorize({ redirect_uri: undefined }, client);
    await setUris([other]);
    expect((await flow.redeem(named, {}, client)).body.error).toBe('invalid_grant');
    const withoutUri = await flow.redeem(implied, { redirect_uri: undefined }, client);
    expect(withoutUri.body.error).toBe('invalid_grant');
    await setUris([other, redirectUri]);
    const again = await flow.authorize({}, client);
    expect((await flow.redeem(again, {}, client)).status).toBe(200);
  });

  it('ends a code whose host governance allows no more', async () => {
    const client = await flow.newClient();
    const code = await flow.authorize({}, client);
    const { status } = await flow.tenant.admin.patch(path(client, '/governance'), {
      body: { allowed_redirect_hosts: ['other.example'] },
    });
    expect(status).toBe(200);
    expect((await flow.redeem(code, {}, client)).body.error).toBe('invalid_grant');
  });

  it('lists the service tokens that a suspension has ended as revoked', async () => {
    const machine = await flow.newClient({
      grant_types: ['client_credentials'],
      redirect_uris: [],
    });
    await flow.tenant.admin.post(path(machine, '/service-token'), {
      body: { scopes: ['webhooks:write'] },
    });
    const revokedAt = async (): Promise<unknown> =>
      (await flow.tenant.admin.get(path(machine, '/service-tokens'))).body.service_tokens[0]
        .revoked_at;
    expect(await revokedAt()).toBeNull();
    for (const status of ['suspended', 'active'])
      await flow.tenant.admin.patch(path(machine, '/governance'), { body: { status } });
    expect(await revokedAt()).not.toBeNull();
  });

  // The last one: it ends the admin's token as well.
  it('ends refresh tokens, codes and sessions of a suspended tenant for good', async () => {
    const outcome = await collect();
    await setTenant('suspended');
    await setTenant('active');
    expect(await outcome()).toEqual({
      refresh: 'invalid_grant',
      code: 'invalid_grant',
      session: 303,
    });
  });
});
