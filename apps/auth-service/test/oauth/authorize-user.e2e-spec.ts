import { FixedClock } from '#libs/testing';
import { AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { CodeFlow, redirectUri, resultOf } from '../support/code-flow.js';
import { createClient } from '../support/oauth-client.js';

const issuer = 'https://auth.knogin.com';

describe('an authorization request with its user', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let flow: CodeFlow;

  beforeAll(async () => {
    app = await AuthApp.start({ clock, environment: { RATE_LIMIT_SCALE: '100' } });
    flow = await CodeFlow.create(app);
  });

  afterAll(() => app.stop());

  it('[O10] [O11] [O55] signs in, asks once, and comes back with code, state and iss', async () => {
    const browser = new Browser(app.public);
    const raw = 'a+b%20c%C3%A4%26%3D/?~';
    const path = `${flow.url({ state: undefined })}&state=${raw}`;
    const login = await browser.follow(await browser.get(path));
    expect(login.text).toContain('Case sync connector');
    const posted = await browser.submit(login, {
      email: flow.person.email,
      password: flow.person.password,
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
    expect(location.startsWith('https://integrator.example/callback?keep=%2F+1&code=kng_ac_')).toBe(
      true,
    );
    expect(location.endsWith(`&iss=${encodeURIComponent(issuer)}&state=${raw}`)).toBe(true);
    expect(new URLSearchParams(`s=${raw}`).get('s')).toBe('a b cä&=/?~');
    const again = await browser.get(flow.url());
    expect(resultOf(again).get('code')).toMatch(/^kng_ac_/);
  });

  it('[O59] shows no page in a frame: consent, the way back and the account pages neither', async () => {
    const browser = new Browser(app.public);
    const fresh = await flow.newClient();
    const login = await browser.follow(await browser.get(flow.url({}, fresh)));
    const consent = await browser.signIn(login, flow.person.email, flow.person.password);
    const decided = await browser.submit(consent, { decision: 'allow' });
    const pages = [
      login,
      consent,
      await browser.get(String(decided.headers.location)),
      await browser.get('/account/apps'),
      await browser.get('/account/sessions'),
      await browser.get('/consent?tx=unknown'),
    ];
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 410]);
    for (const { headers, text } of pages) {
      expect(headers['x-frame-options']).toBe('DENY');
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'nonce-/);
      expect(headers['cache-control']).toBe('no-store');
      expect(text).not.toMatch(/<script|<img|<link| on[a-z]+=/);
    }
  });

  it('[O58] asks anew for other scopes, for prompt=consent, and where governance says always', async () => {
    const browser = new Browser(app.public);
    const other = await flow.newClient();
    await flow.authorize({ scope: 'webhooks:read' }, other, browser);
    expect((await browser.get(flow.url({ scope: 'webhooks:read' }, other))).status).toBe(302);
    const more = await browser.get(flow.url({ scope: 'webhooks:write' }, other));
    expect(more.headers.location).toMatch(/^\/consent\?tx=/);
    const none = await browser.get(flow.url({ scope: 'webhooks:write', prompt: 'none' }, other));
    expect(resultOf(none).get('error')).toBe('consent_required');
    const asked = await browser.get(flow.url({ scope: 'webhooks:read', prompt: 'consent' }, other));
    expect(asked.headers.location).toMatch(/^\/consent\?tx=/);
    const strict = await flow.newClient({ governance: { consent: 'always' } });
    await flow.authorize({ scope: 'webhooks:read' }, strict, browser);
    const always = await browser.get(flow.url({ scope: 'webhooks:read' }, strict));
    expect(always.headers.location).toMatch(/^\/consent\?tx=/);
    const granted = await flow.newClient({ governance: { consent: 'admin_granted' } });
    expect(resultOf(await browser.get(flow.url({}, granted))).get('code')).toMatch(/^kng_ac_/);
  });

  it('asks for the password again for prompt=login and for max_age', async () => {
    const browser = new Browser(app.public);
    await flow.authorize({}, flow.client, browser);
    for (const more of [{ prompt: 'login' }, { max_age: '0' }]) {
      const page = await browser.follow(await browser.get(flow.url(more)));
      expect(page.text).toContain('action="/login"');
      const done = await browser.signIn(page, flow.person.email, flow.person.password);
      expect(resultOf(done).get('code')).toMatch(/^kng_ac_/);
    }
  });

  it('answers access_denied to a no, and to a user of another tenant', async () => {
    const browser = new Browser(app.public);
    const fresh = await flow.newClient();
    const login = await browser.follow(await browser.get(flow.url({}, fresh)));
    const consent = await browser.signIn(login, flow.person.email, flow.person.password);
    const done = await browser.follow(await browser.submit(consent, { decision: 'deny' }));
    expect(resultOf(done).get('error')).toBe('access_denied');
    const foreign = await app.createTenant();
    const theirs = await createClient(app, foreign.id, {
      grant_types: ['authorization_code'],
      redirect_uris: [redirectUri],
    });
    const answer = await browser.get(flow.url({ scope: 'webhooks:write' }, theirs));
    expect(resultOf(answer).get('error')).toBe('access_denied');
  });

  it('leads to one code per request, however often its last step is asked for', async () => {
    const browser = new Browser(app.public);
    const fresh = await flow.newClient();
    const login = await browser.follow(await browser.get(flow.url({}, fresh)));
    const consent = await browser.signIn(login, flow.person.email, flow.person.password);
    const decided = await browser.submit(consent, { decision: 'allow' });
    const last = `${String(decided.headers.location)}&go=1`;
    const answers = await Promise.all(Array.from({ length: 10 }, () => browser.get(last)));
    expect(answers.filter(({ status }) => status === 302)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(9);
  });

  it('[O56] changes the session at login, and hides a request from every other session', async () => {
    const browser = new Browser(app.public);
    const fresh = await flow.newClient();
    const login = await browser.follow(await browser.get(flow.url({}, fresh)));
    const before = browser.cookie;
    await browser.submit(login, { email: flow.person.email, password: flow.person.password });
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
