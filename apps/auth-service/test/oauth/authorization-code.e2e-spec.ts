import { createHash, randomBytes } from 'node:crypto';
import { Database } from '#libs/foundation';
import { type ApiAnswer, FixedClock } from '#libs/testing';
import { decodeJwt } from 'jose';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { type ClientUnderTest, createClient } from '../support/oauth-client.js';
import { enrol, type PersonUnderTest } from '../support/people.js';

const issuer = 'https://auth.knogin.com';
const redirectUri = 'https://integrator.example/callback?keep=%2F+1';
const verifier = randomBytes(32).toString('base64url');
const challenge = createHash('sha256').update(verifier).digest('base64url');

/** What has a value. */
function present(parameters: Readonly<Record<string, string | undefined>>): URLSearchParams {
  const pairs = Object.entries(parameters).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  return new URLSearchParams(pairs);
}

describe('the authorization code flow', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let tenant: TenantUnderTest;
  let person: PersonUnderTest;
  let client: ClientUnderTest;

  beforeAll(async () => {
    app = await AuthApp.start({ clock, environment: { RATE_LIMIT_SCALE: '100' } });
    tenant = await app.createTenant();
    person = await enrol(app, tenant, 'anna@example.com');
    client = await newClient();
  });

  afterAll(() => app.stop());

  const newClient = (columns: Record<string, unknown> = {}): Promise<ClientUnderTest> =>
    createClient(app, tenant.id, {
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [redirectUri],
      approved_scopes: ['webhooks:read', 'webhooks:write'],
      ...columns,
    });
  const url = (
    parameters: Record<string, string | undefined> = {},
    by: ClientUnderTest = client,
  ): string => {
    const all = {
      response_type: 'code',
      client_id: by.id,
      redirect_uri: redirectUri,
      scope: 'webhooks:write offline_access',
      state: 's',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...parameters,
    };
    return `/v1/oauth/authorize?${present(all).toString()}`;
  };
  const resultOf = (answer: ApiAnswer): URLSearchParams => {
    expect(answer.status).toBe(302);
    return new URL(String(answer.headers.location)).searchParams;
  };
  /** Login and consent, all the way to the redirect. */
  const authorize = async (
    parameters: Record<string, string | undefined> = {},
    by: ClientUnderTest = client,
    browser = new Browser(app.public),
  ): Promise<string> => {
    let page = await browser.follow(await browser.get(url(parameters, by)));
    if (page.text.includes('action="/login"'))
      page = await browser.signIn(page, person.email, person.password);
    if (page.text.includes('action="/consent"'))
      page = await browser.follow(await browser.submit(page, { decision: 'allow' }));
    return resultOf(page).get('code') ?? '';
  };
  const redeem = (
    code: string,
    form: Record<string, string | undefined> = {},
    by: ClientUnderTest = client,
  ): Promise<ApiAnswer> => {
    const all = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      client_id: by.id,
      client_secret: by.secret,
      ...form,
    };
    return app.public.post('/v1/oauth/token', { form: present(all) });
  };
  const refresh = (
    refresh_token: string,
    form: Record<string, string> = {},
    by: ClientUnderTest = client,
  ): Promise<ApiAnswer> =>
    app.public.post('/v1/oauth/token', {
      form: {
        grant_type: 'refresh_token',
        refresh_token,
        client_id: by.id,
        client_secret: by.secret,
        ...form,
      },
    });
  const isLive = async (token: string): Promise<boolean> =>
    (await app.public.withToken(token).get('/v1/platform/scopes')).status === 403;

  describe('before the redirect URI is trusted', () => {
    it('[O6] [O5] [O14] shows a page and redirects nowhere', async () => {
      for (const path of [
        url({ client_id: 'app_unknown' }),
        url({ redirect_uri: 'https://evil.example/' }),
        url({ redirect_uri: `${redirectUri}/` }),
        `${url()}&client_id=${client.id}`,
        `${url()}&redirect_uri=x`,
        url({ client_id: undefined, 'client_id[]': client.id }),
      ]) {
        const { status, headers, text } = await app.public.get(path);
        expect([status, headers.location]).toEqual([400, undefined]);
        expect(headers['content-type']).toBe('text/html; charset=utf-8');
        expect(text).not.toContain('evil.example');
      }
    });
  });

  describe('once it is trusted', () => {
    it('[O1] [O12] [O13] redirects every error with iss and the state', async () => {
      const plain = await newClient({ grant_types: ['client_credentials'] });
      const suspended = await newClient({ status: 'suspended' });
      const cases: [string, string][] = [
        [url({ response_type: undefined }), 'invalid_request'],
        [url({ response_type: 'token' }), 'unsupported_response_type'],
        [url({ response_mode: 'form_post' }), 'invalid_request'],
        [`${url()}&scope=x`, 'invalid_request'],
        [url({ code_challenge: undefined }), 'invalid_request'],
        [url({ code_challenge: undefined, code_challenge_method: undefined }), 'invalid_request'],
        [url({ code_challenge_method: undefined }), 'invalid_request'],
        [url({ code_challenge_method: 'plain' }), 'invalid_request'],
        [url({ code_challenge: 'short' }), 'invalid_request'],
        [url({ scope: 'incidents:read' }), 'invalid_scope'],
        [url({ scope: 'webhooks:write  webhooks:read' }), 'invalid_scope'],
        [url({ scope: 'offline_access' }), 'invalid_scope'],
        [url({ resource: 'https://elsewhere.example' }), 'invalid_target'],
        [url({ request: 'x' }), 'request_not_supported'],
        [url({ request_uri: 'https://x.example' }), 'request_uri_not_supported'],
        [url({ prompt: 'none' }), 'login_required'],
        [url({ prompt: 'none login' }), 'invalid_request'],
        [url({ prompt: 'create' }), 'invalid_request'],
        [url({ max_age: '-1' }), 'invalid_request'],
        [url({}, plain), 'unauthorized_client'],
        [url({}, suspended), 'unauthorized_client'],
      ];
      for (const [path, error] of cases) {
        const answer = await app.public.get(path);
        const result = resultOf(answer);
        expect([path, result.get('error'), result.get('iss'), result.get('state')]).toEqual([
          path,
          error,
          issuer,
          's',
        ]);
        expect(String(answer.headers.location)).toMatch(
          /^https:\/\/integrator\.example\/callback\?keep=%2F\+1&/,
        );
        expect(answer.headers['cache-control']).toBe('no-store');
        expect(answer.headers['referrer-policy']).toBe('no-referrer');
      }
    });

    it('refuses a state of more than 2048 letters', async () => {
      const answer = await app.public.get(url({ state: 'x'.repeat(2_049) }));
      expect(resultOf(answer).get('error')).toBe('invalid_request');
    });

    it('takes a POST for the GET it means', async () => {
      const text = url().split('?')[1] ?? '';
      const answer = await app.public.post('/v1/oauth/authorize', {
        body: text,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect([answer.status, answer.headers.location]).toEqual([303, url()]);
    });
  });

  describe('with the user', () => {
    it('[O10] [O11] [O55] signs in, asks once, and comes back with code, state and iss', async () => {
      const browser = new Browser(app.public);
      const raw = 'a+b%20c%C3%A4%26%3D/?~';
      const path = `${url({ state: undefined })}&state=${raw}`;
      const login = await browser.follow(await browser.get(path));
      expect(login.text).toContain('Case sync connector');
      const posted = await browser.submit(login, {
        email: person.email,
        password: person.password,
      });
      expect(posted.status).toBe(303);
      expect(posted.headers.location).toMatch(/^\/v1\/oauth\/authorize\/resume\?tx=/);
      const consent = await browser.follow(posted);
      expect(consent.text).toContain('integrator.example');
      expect(consent.text).toContain('Create and update outbound webhook subscriptions');
      const decided = await browser.submit(consent, { decision: 'allow' });
      expect(decided.status).toBe(303);
      const done = await browser.follow(decided);
      const location = String(done.headers.location);
      expect(
        location.startsWith('https://integrator.example/callback?keep=%2F+1&code=kng_ac_'),
      ).toBe(true);
      expect(location.endsWith(`&iss=${encodeURIComponent(issuer)}&state=${raw}`)).toBe(true);
      expect(new URLSearchParams(`s=${raw}`).get('s')).toBe('a b cä&=/?~');
      const again = await browser.get(url());
      expect(resultOf(again).get('code')).toMatch(/^kng_ac_/);
    });

    it('[O58] asks anew for other scopes, for prompt=consent, and where governance says always', async () => {
      const browser = new Browser(app.public);
      const other = await newClient();
      await authorize({ scope: 'webhooks:read' }, other, browser);
      expect((await browser.get(url({ scope: 'webhooks:read' }, other))).status).toBe(302);
      const more = await browser.get(url({ scope: 'webhooks:write' }, other));
      expect(more.headers.location).toMatch(/^\/consent\?tx=/);
      const none = await browser.get(url({ scope: 'webhooks:write', prompt: 'none' }, other));
      expect(resultOf(none).get('error')).toBe('consent_required');
      const asked = await browser.get(url({ scope: 'webhooks:read', prompt: 'consent' }, other));
      expect(asked.headers.location).toMatch(/^\/consent\?tx=/);
      const strict = await newClient({ governance: { consent: 'always' } });
      await authorize({ scope: 'webhooks:read' }, strict, browser);
      const always = await browser.get(url({ scope: 'webhooks:read' }, strict));
      expect(always.headers.location).toMatch(/^\/consent\?tx=/);
      const granted = await newClient({ governance: { consent: 'admin_granted' } });
      expect(resultOf(await browser.get(url({}, granted))).get('code')).toMatch(/^kng_ac_/);
    });

    it('asks for the password again for prompt=login and for max_age', async () => {
      const browser = new Browser(app.public);
      await authorize({}, client, browser);
      for (const more of [{ prompt: 'login' }, { max_age: '0' }]) {
        const page = await browser.follow(await browser.get(url(more)));
        expect(page.text).toContain('action="/login"');
        const done = await browser.signIn(page, person.email, person.password);
        expect(resultOf(done).get('code')).toMatch(/^kng_ac_/);
      }
    });

    it('answers access_denied to a no, and to a user of another tenant', async () => {
      const browser = new Browser(app.public);
      const fresh = await newClient();
      const login = await browser.follow(await browser.get(url({}, fresh)));
      const consent = await browser.signIn(login, person.email, person.password);
      const done = await browser.follow(await browser.submit(consent, { decision: 'deny' }));
      expect(resultOf(done).get('error')).toBe('access_denied');
      const foreign = await app.createTenant();
      const theirs = await createClient(app, foreign.id, {
        grant_types: ['authorization_code'],
        redirect_uris: [redirectUri],
      });
      const answer = await browser.get(url({ scope: 'webhooks:write' }, theirs));
      expect(resultOf(answer).get('error')).toBe('access_denied');
    });

    it('leads to one code per request, however often its last step is asked for', async () => {
      const browser = new Browser(app.public);
      const fresh = await newClient();
      const login = await browser.follow(await browser.get(url({}, fresh)));
      const consent = await browser.signIn(login, person.email, person.password);
      const decided = await browser.submit(consent, { decision: 'allow' });
      const last = `${String(decided.headers.location)}&go=1`;
      const answers = await Promise.all(Array.from({ length: 10 }, () => browser.get(last)));
      expect(answers.filter(({ status }) => status === 302)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 410)).toHaveLength(9);
    });

    it('[O56] changes the session at login, and hides a request from every other session', async () => {
      const browser = new Browser(app.public);
      const fresh = await newClient();
      const login = await browser.follow(await browser.get(url({}, fresh)));
      const before = browser.cookie;
      await browser.submit(login, { email: person.email, password: person.password });
      expect(browser.cookie).not.toBe(before);
      const old = new Browser(app.public);
      old.cookie = before;
      expect((await old.get('/account/sessions')).headers.location).toBe('/login');
      const [, tx = ''] = /name="tx" value="([^"]+)"/.exec(login.text) ?? [];
      const stranger = new Browser(app.public);
      expect((await stranger.get(`/v1/oauth/authorize/resume?tx=${tx}`)).status).toBe(410);
      expect((await stranger.get(`/consent?tx=${tx}`)).status).toBe(410);
    });
  });

  describe('at the token endpoint', () => {
    it('[O7] [O17] redeems the code for a token of the user', async () => {
      const { status, body } = await redeem(await authorize());
      expect([status, body.scope]).toEqual([200, 'offline_access webhooks:write']);
      expect(body.refresh_token).toMatch(/^kng_rt_/);
      expect(decodeJwt(body.access_token)).toMatchObject({
        iss: issuer,
        sub: person.id,
        client_id: client.id,
        tenant_id: tenant.id,
        token_use: 'user',
        scope: 'webhooks:write',
        auth_time: expect.any(Number),
        amr: ['pwd'],
        sid: expect.stringMatching(/^ses_/),
        grant_id: expect.stringMatching(/^grt_/),
      });
    });

    it('[O2] [O3] [O4] [O7] [O35] holds the code to client, redirect URI, challenge and a minute', async () => {
      const stranger = await newClient();
      const noPkce = await newClient({ governance: { enforce_pkce: false } });
      const bare = { code_challenge: undefined, code_challenge_method: undefined };
      const cases: [string, Record<string, string | undefined>, ClientUnderTest][] = [
        [await authorize(), { code_verifier: undefined }, client],
        [await authorize(), { code_verifier: `${verifier}x` }, client],
        [await authorize(), { code_verifier: 'a'.repeat(42) }, client],
        [await authorize(), { redirect_uri: 'https://integrator.example/callback' }, client],
        [await authorize(), { redirect_uri: undefined }, client],
        [await authorize(), {}, stranger],
        [await authorize(bare, noPkce), {}, noPkce],
        ['nonsense', {}, client],
      ];
      for (const [code, form, by] of cases) {
        const { status, body } = await redeem(code, form, by);
        expect([status, body.error]).toEqual([400, 'invalid_grant']);
      }
      const late = await authorize();
      clock.advance(60_000);
      expect((await redeem(late)).body.error).toBe('invalid_grant');
      expect(
        (await redeem(await authorize(bare, noPkce), { code_verifier: undefined }, noPkce)).status,
      ).toBe(200);
    });

    it('[O29] [O30] redeems once of fifty, and a second use ends what the first was given', async () => {
      const code = await authorize();
      const answers = await Promise.all(Array.from({ length: 50 }, () => redeem(code)));
      const done = answers.filter(({ status }) => status === 200);
      expect(done).toHaveLength(1);
      const [first] = done;
      expect(
        (await app.public.withToken(first?.body.access_token).get('/v1/platform/scopes')).body.code,
      ).toBe('token_revoked');
      expect((await refresh(first?.body.refresh_token)).body.error).toBe('invalid_grant');
    });

    it('gives no refresh token without offline_access, nor to a client without the grant', async () => {
      const { body } = await redeem(await authorize({ scope: 'webhooks:write' }));
      expect(body.refresh_token).toBeUndefined();
      const plain = await newClient({ grant_types: ['authorization_code'] });
      const answer = await app.public.get(url({}, plain));
      expect(resultOf(answer).get('error')).toBe('invalid_scope');
    });
  });

  describe('refreshing', () => {
    const first = async (by = client): Promise<string> =>
      (
        await redeem(
          await authorize({ scope: 'webhooks:read webhooks:write offline_access' }, by),
          {},
          by,
        )
      ).body.refresh_token;

    it('rotates, and narrows the access token where that is asked for', async () => {
      const { status, body } = await refresh(await first(), { scope: 'webhooks:read' });
      expect([status, body.scope]).toEqual([200, 'offline_access webhooks:read']);
      const wide = await refresh(body.refresh_token);
      expect(wide.body.scope).toBe('offline_access webhooks:read webhooks:write');
    });

    it('[O34] [O35] refuses more than was granted, and every other client', async () => {
      const token = await first();
      expect((await refresh(token, { scope: 'incidents:read' })).body.error).toBe('invalid_scope');
      const stranger = await newClient();
      expect((await refresh(token, {}, stranger)).body.error).toBe('invalid_grant');
      expect((await refresh(token)).status).toBe(200);
    });

    it('[O34] drops a scope that the admin has taken away', async () => {
      const other = await newClient();
      const token = await first(other);
      await app
        .get(Database)
        .execute(`UPDATE platform_app SET approved_scopes = '{webhooks:read}' WHERE id = $1`, [
          other.id,
        ]);
      const narrowed = await refresh(token, { scope: 'webhooks:write' }, other);
      expect(narrowed.body.error).toBe('invalid_scope');
      expect((await refresh(token, {}, other)).body.scope).toBe('offline_access webhooks:read');
    });

    it('[O31] [O32] gives fifty at once the same successor', async () => {
      const token = await first();
      const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(token)));
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
      const [{ body } = { body: undefined }] = answers;
      expect((await refresh(body.refresh_token)).status).toBe(200);
    });

    it('[O31] ends the family for another request with a used token, and after 30 s for any', async () => {
      for (const reuse of [
        async (token: string) => refresh(token, { scope: 'webhooks:read' }),
        async (token: string) => {
          clock.advance(30_000);
          return refresh(token);
        },
      ]) {
        const token = await first();
        const { body: next } = await refresh(token);
        expect(await isLive(next.access_token)).toBe(true);
        expect((await reuse(token)).body.error).toBe('invalid_grant');
        expect((await refresh(next.refresh_token)).body.error).toBe('invalid_grant');
        expect(await isLive(next.access_token)).toBe(false);
      }
    });

    it('[O33] never outlives the absolute age, nor the idle time', async () => {
      const brief = await newClient({
        governance: { refresh_token_max_age_seconds: 1_000, refresh_token_idle_seconds: 600 },
      });
      let token = await first(brief);
      for (let uses = 0; uses < 3; uses++) {
        clock.advance(300_000);
        token = (await refresh(token, {}, brief)).body.refresh_token;
      }
      clock.advance(100_000);
      expect((await refresh(token, {}, brief)).body.error).toBe('invalid_grant');
      const idle = await first(brief);
      clock.advance(600_000);
      expect((await refresh(idle, {}, brief)).body.error).toBe('invalid_grant');
    });

    it('ends when the token is revoked, when the user takes the access away, and with the user', async () => {
      const token = await first();
      const { body } = await refresh(token);
      await app.public.post('/v1/oauth/revoke', {
        form: { token: body.refresh_token, client_id: client.id, client_secret: client.secret },
      });
      expect((await refresh(body.refresh_token)).body.error).toBe('invalid_grant');
      expect(await isLive(body.access_token)).toBe(false);

      const browser = new Browser(app.public);
      const other = await newClient();
      const code = await authorize({}, other, browser);
      const tokens = (await redeem(code, {}, other)).body;
      const page = await browser.get('/account/apps');
      const form = page.text.slice(page.text.indexOf(`value="${other.id}"`) - 400);
      expect(form).toContain('Revoke access');
      const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(page.text) ?? [];
      const answer = await app.public.post('/account/apps', {
        form: { csrf, app: other.id },
        headers: { cookie: String(browser.cookie) },
      });
      expect(answer.headers.location).toBe('/account/apps');
      expect((await refresh(tokens.refresh_token, {}, other)).body.error).toBe('invalid_grant');
      expect(await isLive(tokens.access_token)).toBe(false);
      expect((await browser.get(url({}, other))).headers.location).toMatch(/^\/consent/);

      const last = await first();
      await app
        .get(Database)
        .execute(`UPDATE user_account SET status = 'suspended' WHERE id = $1`, [person.id]);
      expect((await refresh(last)).body.error).toBe('invalid_grant');
      await app
        .get(Database)
        .execute(`UPDATE user_account SET status = 'active' WHERE id = $1`, [person.id]);
    });
  });

  it('[O27] logs no code, no token, no password, no cookie', async () => {
    const browser = new Browser(app.public);
    const code = await authorize({}, client, browser);
    const { body } = await redeem(code);
    const cookie = String(browser.cookie).split('=')[1] ?? '?';
    for (const secret of [code, body.access_token, body.refresh_token, person.password, cookie])
      expect(app.log()).not.toContain(secret);
  });
});
