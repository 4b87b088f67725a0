import { FixedClock } from '#libs/testing';
import { decodeJwt } from 'jose';
import { AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { challengeOf, CodeFlow, resultOf, verifier } from '../support/code-flow.js';
import { type ClientUnderTest } from '../support/oauth-client.js';

const issuer = 'https://auth.knogin.com';

describe('an authorization code at the token endpoint', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let flow: CodeFlow;

  beforeAll(async () => {
    app = await AuthApp.start({ clock, environment: { RATE_LIMIT_SCALE: '100' } });
    flow = await CodeFlow.create(app);
  });

  afterAll(() => app.stop());

  it('[O17] redeems the code for a token of the user', async () => {
    const { status, body } = await flow.redeem(await flow.authorize());
    expect([status, body.scope]).toEqual([200, 'offline_access webhooks:write']);
    expect(body.refresh_token).toMatch(/^kng_rt_/);
    expect(decodeJwt(body.access_token)).toMatchObject({
      iss: issuer,
      sub: flow.person.id,
      client_id: flow.client.id,
      tenant_id: flow.tenant.id,
      token_use: 'user',
      scope: 'webhooks:write',
      auth_time: expect.any(Number),
      amr: ['pwd'],
      sid: expect.stringMatching(/^ses_/),
      grant_id: expect.stringMatching(/^grt_/),
    });
  });

  it('[O2] [O3] [O4] [O7] [O35] holds the code to client, redirect URI, challenge and a minute', async () => {
    const stranger = await flow.newClient();
    const noPkce = await flow.newClient({ governance: { enforce_pkce: false } });
    const bare = { code_challenge: undefined, code_challenge_method: undefined };
    const tooShort = 'a'.repeat(42);
    const cases: [string, Record<string, string | undefined>, ClientUnderTest][] = [
      [await flow.authorize(), { code_verifier: undefined }, flow.client],
      [await flow.authorize(), { code_verifier: `${verifier}x` }, flow.client],
      [
        await flow.authorize({ code_challenge: challengeOf(tooShort) }),
        { code_verifier: tooShort },
        flow.client,
      ],
      [
        await flow.authorize(),
        { redirect_uri: 'https://integrator.example/callback' },
        flow.client,
      ],
      [await flow.authorize(), { redirect_uri: undefined }, flow.client],
      [await flow.authorize(), {}, stranger],
      [await flow.authorize(bare, noPkce), {}, noPkce],
      ['nonsense', {}, flow.client],
    ];
    for (const [code, form, by] of cases) {
      const { status, body } = await flow.redeem(code, form, by);
      expect([status, body.error]).toEqual([400, 'invalid_grant']);
    }
    const late = await flow.authorize();
    clock.advance(60_000);
    expect((await flow.redeem(late)).body.error).toBe('invalid_grant');
    expect(
      (await flow.redeem(await flow.authorize(bare, noPkce), { code_verifier: undefined }, noPkce))
        .status,
    ).toBe(200);
  });

  it('[O29] [O30] redeems once of fifty, and a second use ends what the first was given', async () => {
    const code = await flow.authorize();
    const answers = await Promise.all(Array.from({ length: 50 }, () => flow.redeem(code)));
    const done = answers.filter(({ status }) => status === 200);
    expect(done).toHaveLength(1);
    const [first] = done;
    expect(
      (await app.public.withToken(first?.body.access_token).get('/v1/platform/scopes')).body.code,
    ).toBe('token_revoked');
    expect((await flow.refresh(first?.body.refresh_token)).body.error).toBe('invalid_grant');
  });

  it('gives no refresh token without offline_access, nor to a client without the grant', async () => {
    const { body } = await flow.redeem(await flow.authorize({ scope: 'webhooks:write' }));
    expect(body.refresh_token).toBeUndefined();
    const plain = await flow.newClient({ grant_types: ['authorization_code'] });
    const answer = await app.public.get(flow.url({ prompt: 'none' }, plain));
    expect(resultOf(answer).get('error')).toBe('invalid_scope');
  });

  it('[O27] logs no code, no token, no password, no cookie', async () => {
    const browser = new Browser(app.public);
    const code = await flow.authorize({}, flow.client, browser);
    const { body } = await flow.redeem(code);
    const cookie = String(browser.cookie).split('=')[1] ?? '?';
    for (const secret of [
      code,
      body.access_token,
      body.refresh_token,
      flow.person.password,
      cookie,
    ])
      expect(app.log()).not.toContain(secret);
  });
});
