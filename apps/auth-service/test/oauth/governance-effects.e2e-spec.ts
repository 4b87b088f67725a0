import { FixedClock } from '#libs/testing';
import { decodeProtectedHeader } from 'jose';
import { AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { CodeFlow, resultOf } from '../support/code-flow.js';
import type { ClientUnderTest } from '../support/oauth-client.js';

const bare = { code_challenge: undefined, code_challenge_method: undefined };

/** The table of identity-oauth-jwks.md section 4: what a change does to what is already issued. */
describe('a change of governance acts at the next use', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let flow: CodeFlow;
  let client: ClientUnderTest;

  beforeAll(async () => {
    app = await AuthApp.start({ clock, environment: { RATE_LIMIT_SCALE: '100' } });
    flow = await CodeFlow.create(app);
  });

  beforeEach(async () => {
    client = await flow.newClient();
  });

  afterAll(() => app.stop());

  const govern = async (patch: Record<string, unknown>): Promise<void> => {
    const path = `/v1/platform/apps/${client.id}/governance`;
    const { status } = await flow.tenant.admin.patch(path, { body: patch });
    expect(status).toBe(200);
  };
  const tokens = async (): Promise<{ access_token: string; refresh_token: string }> =>
    (await flow.redeem(await flow.authorize({}, client), {}, client)).body as {
      access_token: string;
      refresh_token: string;
    };

  it('allowed_redirect_hosts: codes die and the URI is refused, until the host is allowed again', async () => {
    const [dead, living] = [await flow.authorize({}, client), await flow.authorize({}, client)];
    await govern({ allowed_redirect_hosts: ['elsewhere.example'] });
    expect((await flow.redeem(dead, {}, client)).body.error).toBe('invalid_grant');
    const refused = await app.public.get(flow.url({ prompt: 'none' }, client));
    expect([refused.status, refused.headers.location]).toEqual([400, undefined]);
    // What the client had at hand is not redirected either.
    const error = await app.public.get(flow.url({ scope: 'unknown', prompt: 'none' }, client));
    expect([error.status, error.headers.location]).toEqual([400, undefined]);
    await govern({ allowed_redirect_hosts: ['integrator.example'] });
    expect((await flow.redeem(living, {}, client)).status).toBe(200);
    expect((await app.public.get(flow.url({}, client))).status).toBe(303);
  });

  it('a request that waits for its user ends as well', async () => {
    const browser = new Browser(app.public);
    const login = await browser.follow(await browser.get(flow.url({}, client)));
    const consent = await browser.signIn(login, flow.person.email, flow.person.password);
    await govern({ allowed_redirect_hosts: ['elsewhere.example'] });
    const answer = await browser.submit(consent, { decision: 'allow' });
    expect([answer.status, answer.headers.location]).toEqual([400, undefined]);
  });

  it('redirect_uris that are taken out of the registration: codes sent there die', async () => {
    const code = await flow.authorize({}, client);
    const path = `/v1/platform/apps/${client.id}`;
    const body = { redirect_uris: ['https://integrator.example/other'] };
    expect((await flow.tenant.admin.patch(path, { body })).status).toBe(200);
    expect((await flow.redeem(code, {}, client)).body.error).toBe('invalid_grant');
  });

  it('allow_loopback_redirects', async () => {
    const uri = 'http://127.0.0.1/cb';
    client = await flow.newClient({
      application_type: 'native',
      redirect_uris: [uri],
      governance: { allow_loopback_redirects: true },
    });
    const to = { redirect_uri: 'http://127.0.0.1:5000/cb' };
    const code = await flow.authorize(to, client);
    await govern({ allow_loopback_redirects: false });
    expect((await flow.redeem(code, to, client)).body.error).toBe('invalid_grant');
    expect((await app.public.get(flow.url(to, client))).status).toBe(400);
  });

  it('enforce_pkce: on again, it holds for codes and for requests', async () => {
    await govern({ enforce_pkce: false });
    const plain = await flow.authorize(bare, client);
    await govern({ enforce_pkce: true });
    const form = { code_verifier: undefined };
    expect((await flow.redeem(plain, form, client)).body.error).toBe('invalid_grant');
    const answer = await app.public.get(flow.url({ ...bare, prompt: 'none' }, client));
    expect(resultOf(answer).get('error')).toBe('invalid_request');
  });

  it('allowed_grant_types: no code, no refresh, no refresh token beside the access token', async () => {
    const { refresh_token } = await tokens();
    const code = await flow.authorize({}, client);
    const other = await flow.authorize({}, client);
    await govern({ allowed_grant_types: ['authorization_code'] });
    expect((await flow.refresh(refresh_token, {}, client)).body.error).toBe('unauthorized_client');
    const { status, body } = await flow.redeem(code, {}, client);
    expect([status, body.refresh_token, body.scope]).toEqual([200, undefined, 'webhooks:write']);
    expect(resultOf(await app.public.get(flow.url({ prompt: 'none' }, client))).get('error')).toBe(
      'invalid_scope',
    );
    await govern({ allowed_grant_types: ['client_credentials'] });
    expect((await flow.redeem(other, {}, client)).body.error).toBe('unauthorized_client');
    expect(resultOf(await app.public.get(flow.url({ prompt: 'none' }, client))).get('error')).toBe(
      'unauthorized_client',
    );
  });

  it('allowed_auth_methods', async () => {
    const { refresh_token } = await tokens();
    await govern({ allowed_auth_methods: ['private_key_jwt'] });
    expect((await flow.refresh(refresh_token, {}, client)).body.error).toBe('unauthorized_client');
  });

  it('consent', async () => {
    const browser = new Browser(app.public);
    await flow.authorize({}, client, browser);
    const next = async (): Promise<string> => {
      const { headers } = await browser.get(flow.url({}, client));
      return String(headers.location).replace(/\?.*/, '');
    };
    expect(await next()).toBe('https://integrator.example/callback');
    await govern({ consent: 'always' });
    expect(await next()).toBe('/consent');
    await govern({ consent: 'admin_granted' });
    expect(await next()).toBe('https://integrator.example/callback');
  });

  it('signing_alg and access_token_ttl_seconds: the next token; those of before live on', async () => {
    const first = await tokens();
    const seen = [first.access_token];
    let { refresh_token } = first;
    for (const [alg, ttl] of [
      ['ES256', 60],
      ['EdDSA', 7_200],
    ] as const) {
      await govern({ signing_alg: alg, access_token_ttl_seconds: ttl });
      const { body } = await flow.refresh(refresh_token, {}, client);
      expect(decodeProtectedHeader(body.access_token as string).alg).toBe(alg);
      expect(body.expires_in).toBe(ttl);
      refresh_token = body.refresh_token as string;
      seen.push(body.access_token as string);
    }
    for (const token of seen) expect(await flow.isLive(token)).toBe(true);
  });

  it('refresh_token_max_age_seconds and refresh_token_idle_seconds', async () => {
    const aged = await tokens();
    clock.advance(600_000);
    await govern({ refresh_token_max_age_seconds: 600 });
    expect((await flow.refresh(aged.refresh_token, {}, client)).body.error).toBe('invalid_grant');
    await govern({ refresh_token_max_age_seconds: null, refresh_token_idle_seconds: 600 });
    expect((await flow.refresh(aged.refresh_token, {}, client)).body.error).toBe('invalid_grant');
    await govern({ refresh_token_idle_seconds: 601 });
    expect((await flow.refresh(aged.refresh_token, {}, client)).status).toBe(200);
  });

  it('allowed_cidrs: the token endpoint, and the API', async () => {
    const { refresh_token, access_token } = await tokens();
    await govern({ allowed_cidrs: ['192.0.2.0/24'] });
    expect((await flow.refresh(refresh_token, {}, client)).body.error).toBe('unauthorized_client');
    let answer = await app.public.withToken(access_token).get('/v1/webhooks');
    while (answer.status === 200)
      answer = await app.public.withToken(access_token).get('/v1/webhooks');
    expect(answer.body.code).toBe('ip_not_allowed');
  });
});
