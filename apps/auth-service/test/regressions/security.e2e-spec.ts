import { createHash, randomBytes } from 'node:crypto';
import { RevocationFeed } from '#libs/guards';
import { type ApiAnswer, FixedClock } from '#libs/testing';
import { ScopeCatalogue } from '../../src/modules/identity/index.js';
import { AccessTokenIssuer } from '../../src/modules/oauth/index.js';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { type ClientUnderTest, createClient } from '../support/oauth-client.js';
import { enrol, goodPassword, linkTo, type PersonUnderTest } from '../support/people.js';

const redirectUri = 'https://integrator.example/callback';
const verifier = randomBytes(32).toString('base64url');
const challenge = createHash('sha256').update(verifier).digest('base64url');
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

describe('what a review of the security has found', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let tenant: TenantUnderTest;
  let admin: PersonUnderTest;
  let client: ClientUnderTest;

  beforeAll(async () => {
    app = await AuthApp.start({
      clock,
      environment: { TRUSTED_PROXIES: '127.0.0.0/8' },
    });
    tenant = await app.createTenant();
    admin = await enrol(app, tenant, 'anna@example.com', 'admin');
    client = await external();
  });

  afterAll(() => app.stop());

  const external = (): Promise<ClientUnderTest> =>
    createClient(app, tenant.id, {
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [redirectUri],
    });
  const token = (
    form: Readonly<Record<string, string>>,
    { id, secret }: ClientUnderTest = client,
  ): Promise<ApiAnswer> =>
    app.public.post('/v1/oauth/token', { form: { client_id: id, client_secret: secret, ...form } });

  /** Tokens that the admin has granted to an external app. */
  async function delegated(by = client): Promise<{ access_token: string; refresh_token: string }> {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: by.id,
      redirect_uri: redirectUri,
      scope: 'webhooks:write offline_access',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    const browser = new Browser(app.public);
    let page = await browser.follow(await browser.get(`/v1/oauth/authorize?${query.toString()}`));
    page = await browser.signIn(page, admin.email, admin.password);
    if (page.text.includes('action="/consent"'))
      page = await browser.follow(await browser.submit(page, { decision: 'allow' }));
    const code = new URL(String(page.headers.location)).searchParams.get('code') ?? '';
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri };
    const answer = await token({ ...form, code_verifier: verifier }, by);
    expect(answer.status).toBe(200);
    return answer.body as { access_token: string; refresh_token: string };
  }

  it('keeps an external app to its own webhooks, whoever delegates to it', async () => {
    const other = await createClient(app, tenant.id);
    const made = await tenant.admin.post('/v1/webhooks', {
      body: {
        app_id: other.id,
        url: 'https://other.example/hook',
        events: ['incident.updated'],
      },
    });
    expect(made.status).toBe(201);
    const { access_token } = await delegated();
    const caller = app.public.withToken(access_token);
    const { status, body } = await caller.get('/v1/webhooks');
    expect([status, body.webhooks]).toEqual([200, []]);
    const path = `/v1/webhooks/${String(made.body.id)}`;
    expect((await caller.get(path)).status).toBe(404);
    expect((await caller.put(path, { body: { enabled: false } })).status).toBe(404);
  });

  it('replays nothing of one app to another that acts for the same user', async () => {
    const create = async (by: ClientUnderTest): Promise<ApiAnswer> => {
      const { access_token } = await delegated(by);
      return app.public.withToken(access_token).post('/v1/webhooks', {
        headers: { 'idempotency-key': 'same-key' },
        body: { url: 'https://same.example/hook', events: ['incident.updated'] },
      });
    };
    const other = await external();
    const [first, second] = [await create(client), await create(other)];
    expect([first.status, second.status, second.body.app_id]).toEqual([201, 201, other.id]);
    expect(second.body.secret).not.toBe(first.body.secret);
  });

  it('lets no token of a deleted app live that was being issued meanwhile', async () => {
    const gone = await createClient(app, tenant.id);
    const scope = (await app.get(ScopeCatalogue).all()).get('webhooks:write');
    if (!scope) throw new Error('the catalogue has webhooks:write');
    expect((await tenant.admin.delete(`/v1/platform/apps/${gone.id}`)).status).toBe(204);
    clock.advance(2_000);
    const late = await app.get(AccessTokenIssuer).issue({
      use: 'client',
      subject: gone.id,
      tenantId: tenant.id,
      clientId: gone.id,
      scopes: [scope],
      ttlSeconds: 3_600,
      alg: 'RS256',
    });
    await app.get(RevocationFeed).refresh();
    const { status, body } = await app.public.withToken(late.token).get('/v1/webhooks');
    expect([status, body.code]).toEqual([401, 'token_revoked']);
  });

  it('ends refresh tokens with the password they rest on', async () => {
    const { refresh_token } = await delegated();
    const browser = new Browser(app.public);
    const page = await browser.get(await linkTo(app, admin.id, 'reset'));
    const saved = await browser.submit(page, { password: goodPassword });
    expect(saved.headers.location).toBe('/login?saved=1');
    const { status, body } = await token({ grant_type: 'refresh_token', refresh_token });
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
  });

  it('counts the logins of an IPv6 /64 as those of one address', async () => {
    const browser = new Browser(app.public);
    const login = await browser.get('/login');
    const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(login.text) ?? [];
    const attempt = async (host: number): Promise<number> => {
      const { status } = await app.public.post('/login', {
        headers: {
          cookie: browser.cookie ?? '',
          'x-forwarded-for': `2001:db8:1:2::${host.toString(16)}`,
        },
        form: { csrf, email: admin.email, password: 'wrong wrong wrong' },
      });
      return status;
    };
    const statuses: number[] = [];
    for (let host = 1; host <= 11; host++) statuses.push(await attempt(host));
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
  });

  it('answers 401 to an assertion whose subject is no text', async () => {
    const part = (value: unknown): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const sub of [1, null, {}, ['app_1'], 'app_\0']) {
      const { status, body } = await app.public.post('/v1/oauth/token', {
        form: {
          grant_type: 'client_credentials',
          client_assertion_type: assertionType,
          client_assertion: `${part({ alg: 'ES256' })}.${part({ sub })}.AAAA`,
        },
      });
      expect([status, body.error]).toEqual([401, 'invalid_client']);
    }
  });

  it('never fails over a character that the database cannot hold', async () => {
    const basic = Buffer.from(`app_%00:${client.secret}`).toString('base64');
    const description = 'a\0b';
    const answers = [
      await app.public.post('/v1/oauth/token', { form: { client_id: 'a\0', client_secret: 'x' } }),
      await app.public.post('/v1/oauth/token', {
        headers: { authorization: `Basic ${basic}` },
        form: { grant_type: 'client_credentials' },
      }),
      await app.public.get('/v1/oauth/authorize?client_id=app_%00'),
      await tenant.admin.get('/v1/platform/apps/app_%00'),
      await tenant.admin.get('/v1/platform/apps/%zz'),
      await tenant.admin.post('/v1/platform/apps', {
        body: { name: 'a \ud800', grant_types: ['client_credentials'], requested_scopes: [] },
      }),
      await tenant.admin.post('/v1/webhooks', {
        body: {
          app_id: client.id,
          url: 'https://a.example/hook',
          events: ['incident.updated'],
          description,
        },
      }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 401, 400, 404, 404, 422, 422]);
    expect(app.log()).not.toContain('"level":"error"');
  });
});
