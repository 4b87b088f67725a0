import { Database } from '#libs/foundation';
import { type ApiAnswer, FixedClock } from '#libs/testing';
import { decodeJwt } from 'jose';
import { AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { CodeFlow, resultOf } from '../support/code-flow.js';
import { enrol } from '../support/people.js';

const online = { scope: 'webhooks:write' };

describe('the end of a session', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let flow: CodeFlow;

  beforeAll(async () => {
    app = await AuthApp.start({ clock, environment: { RATE_LIMIT_SCALE: '100' } });
    flow = await CodeFlow.create(app);
  });

  afterAll(() => app.stop());

  const signOut = async (browser: Browser): Promise<ApiAnswer> =>
    browser.submit(await browser.get('/account/sessions'), {}, '/logout');

  it('ends the tokens of that session and of no other', async () => {
    const [leaving, staying] = [new Browser(app.public), new Browser(app.public)];
    const code = await flow.authorize(online, flow.client, leaving);
    const { body: ended } = await flow.redeem(code);
    const unredeemed = await flow.authorize(online, flow.client, leaving);
    const { body: kept } = await flow.redeem(await flow.authorize(online, flow.client, staying));
    expect((await signOut(leaving)).headers.location).toBe('/login');
    expect(await flow.isLive(ended.access_token)).toBe(false);
    expect(await flow.isLive(kept.access_token)).toBe(true);
    expect((await flow.redeem(unredeemed)).body.error).toBe('invalid_grant');
    // Kept for as long as a token on a user's word can live, and no longer.
    const rows = await app
      .get(Database)
      .query('SELECT expires_at FROM revocation WHERE kind = $1 AND subject = $2', [
        'session',
        decodeJwt(ended.access_token).sid,
      ]);
    expect(rows).toEqual([{ expires_at: new Date(clock.now() + 86_400_000 + 60_000) }]);
  });

  it('comes from another browser too, on /account/sessions', async () => {
    const [here, there] = [new Browser(app.public), new Browser(app.public)];
    const { body } = await flow.redeem(await flow.authorize(online, flow.client, there));
    await flow.authorize(online, flow.client, here);
    const page = await here.get('/account/sessions');
    expect(page.text).toContain('Apps that you allowed to keep access while you are away keep it');
    const session = String(decodeJwt(body.access_token).sid);
    await here.submit(page, { session }, '/account/sessions');
    expect((await there.get('/account/apps')).status).toBe(303);
    expect(await flow.isLive(body.access_token)).toBe(false);
  });

  it('leaves refresh tokens to go on, which the user has allowed while away', async () => {
    const browser = new Browser(app.public);
    const { body } = await flow.redeem(await flow.authorize({}, flow.client, browser));
    await signOut(browser);
    expect(await flow.isLive(body.access_token)).toBe(false);
    clock.advance(1);
    const { status, body: next } = await flow.refresh(body.refresh_token);
    expect(status).toBe(200);
    expect(await flow.isLive(next.access_token)).toBe(true);
  });

  it('ends the tokens of before the user signed in again in the same browser', async () => {
    const browser = new Browser(app.public);
    const { body: before } = await flow.redeem(await flow.authorize(online, flow.client, browser));
    const again = { ...online, prompt: 'login' };
    const { body: after } = await flow.redeem(await flow.authorize(again, flow.client, browser));
    expect(await flow.isLive(before.access_token)).toBe(true);
    await signOut(browser);
    expect(await flow.isLive(before.access_token)).toBe(false);
    expect(await flow.isLive(after.access_token)).toBe(false);
  });

  it('comes with the sign-in of somebody else, who answers nothing that the first was asked', async () => {
    const bert = await enrol(app, flow.tenant, 'bert@example.com');
    const browser = new Browser(app.public);
    const { body } = await flow.redeem(await flow.authorize(online, flow.client, browser));
    for (const decision of ['allow', 'deny']) {
      const client = await flow.newClient();
      let page = await browser.follow(await browser.get(flow.url(online, client)));
      if (page.text.includes('action="/login"'))
        page = await browser.signIn(page, flow.person.email, flow.person.password);
      // Anna decides, and goes away before the browser has come back.
      const decided = await browser.submit(page, { decision });
      const login = await browser.get('/login');
      await browser.submit(login, { email: bert.email, password: bert.password });
      const asked = await browser.follow(decided);
      expect(asked.text).toContain('action="/consent"');
      expect(asked.text).toContain(bert.email);
      const denied = await browser.follow(await browser.submit(asked, { decision: 'deny' }));
      expect(resultOf(denied).get('error')).toBe('access_denied');
      await signOut(browser);
    }
    expect(await flow.isLive(body.access_token)).toBe(false);
  });
});
