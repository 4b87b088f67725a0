import { Database } from '#libs/foundation';
import { FixedClock } from '#libs/testing';
import { decodeJwt } from 'jose';
import { AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { CodeFlow } from '../support/code-flow.js';

describe('a refresh token', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let flow: CodeFlow;

  beforeAll(async () => {
    app = await AuthApp.start({ clock, environment: { RATE_LIMIT_SCALE: '100' } });
    flow = await CodeFlow.create(app);
  });

  afterAll(() => app.stop());

  const first = async (by = flow.client): Promise<string> =>
    (
      await flow.redeem(
        await flow.authorize({ scope: 'webhooks:read webhooks:write offline_access' }, by),
        {},
        by,
      )
    ).body.refresh_token;

  it('rotates, and narrows the access token where that is asked for', async () => {
    const { status, body } = await flow.refresh(await first(), { scope: 'webhooks:read' });
    expect([status, body.scope]).toEqual([200, 'offline_access webhooks:read']);
    const wide = await flow.refresh(body.refresh_token);
    expect(wide.body.scope).toBe('offline_access webhooks:read webhooks:write');
  });

  it('[O34] [O35] refuses more than was granted, and every other client', async () => {
    const token = await first();
    expect((await flow.refresh(token, { scope: 'incidents:read' })).body.error).toBe(
      'invalid_scope',
    );
    const stranger = await flow.newClient();
    expect((await flow.refresh(token, {}, stranger)).body.error).toBe('invalid_grant');
    expect((await flow.refresh(token)).status).toBe(200);
  });

  it('[O34] drops a scope that the admin has taken away', async () => {
    const other = await flow.newClient();
    const token = await first(other);
    await app
      .get(Database)
      .execute(`UPDATE platform_app SET approved_scopes = '{webhooks:read}' WHERE id = $1`, [
        other.id,
      ]);
    const narrowed = await flow.refresh(token, { scope: 'webhooks:write' }, other);
    expect(narrowed.body.error).toBe('invalid_scope');
    expect((await flow.refresh(token, {}, other)).body.scope).toBe('offline_access webhooks:read');
  });

  it('[O31] [O32] gives fifty at once the same successor', async () => {
    const token = await first();
    const answers = await Promise.all(Array.from({ length: 50 }, () => flow.refresh(token)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    const [{ body } = { body: undefined }] = answers;
    expect((await flow.refresh(body.refresh_token)).status).toBe(200);
  });

  it('[O31] tells how long the token of a repeated answer is still valid', async () => {
    const token = await first();
    const { body } = await flow.refresh(token);
    clock.advance(20_000);
    const again = await flow.refresh(token);
    expect(again.body).toEqual({ ...body, expires_in: 3_580 });
    expect(decodeJwt(body.access_token).exp).toBe(clock.seconds() + 3_580);
  });

  it('[O31] ends the family for another request with a used token, and after 30 s for any', async () => {
    for (const reuse of [
      async (token: string) => flow.refresh(token, { scope: 'webhooks:read' }),
      async (token: string) => {
        clock.advance(30_000);
        return flow.refresh(token);
      },
    ]) {
      const token = await first();
      const { body: next } = await flow.refresh(token);
      expect(await flow.isLive(next.access_token)).toBe(true);
      expect((await reuse(token)).body.error).toBe('invalid_grant');
      expect((await flow.refresh(next.refresh_token)).body.error).toBe('invalid_grant');
      expect(await flow.isLive(next.access_token)).toBe(false);
    }
  });

  it('[O33] never outlives the absolute age, nor the idle time', async () => {
    const brief = await flow.newClient({
      governance: { refresh_token_max_age_seconds: 1_000, refresh_token_idle_seconds: 600 },
    });
    let token = await first(brief);
    for (let uses = 0; uses < 3; uses++) {
      clock.advance(300_000);
      token = (await flow.refresh(token, {}, brief)).body.refresh_token;
    }
    clock.advance(100_000);
    expect((await flow.refresh(token, {}, brief)).body.error).toBe('invalid_grant');
    const idle = await first(brief);
    clock.advance(600_000);
    expect((await flow.refresh(idle, {}, brief)).body.error).toBe('invalid_grant');
  });

  it('ends when the token is revoked, when the user takes the access away, and with the user', async () => {
    const token = await first();
    const { body } = await flow.refresh(token);
    await flow.revoke(body.refresh_token);
    expect((await flow.refresh(body.refresh_token)).body.error).toBe('invalid_grant');
    expect(await flow.isLive(body.access_token)).toBe(false);

    const browser = new Browser(app.public);
    const other = await flow.newClient();
    const code = await flow.authorize({}, other, browser);
    const tokens = (await flow.redeem(code, {}, other)).body;
    const page = await browser.get('/account/apps');
    const form = page.text.slice(page.text.indexOf(`value="${other.id}"`) - 400);
    expect(form).toContain('Revoke access');
    const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(page.text) ?? [];
    const answer = await app.public.post('/account/apps', {
      form: { csrf, app: other.id },
      headers: { cookie: String(browser.cookie) },
    });
    expect(answer.headers.location).toBe('/account/apps');
    expect((await flow.refresh(tokens.refresh_token, {}, other)).body.error).toBe('invalid_grant');
    expect(await flow.isLive(tokens.access_token)).toBe(false);
    expect((await browser.get(flow.url({}, other))).headers.location).toMatch(/^\/consent/);

    const last = await first();
    await app
      .get(Database)
      .execute(`UPDATE user_account SET status = 'suspended' WHERE id = $1`, [flow.person.id]);
    expect((await flow.refresh(last)).body.error).toBe('invalid_grant');
    await app
      .get(Database)
      .execute(`UPDATE user_account SET status = 'active' WHERE id = $1`, [flow.person.id]);
  });
});
