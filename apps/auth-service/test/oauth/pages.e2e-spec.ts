import { type ApiAnswer, FixedClock } from '#libs/testing';
import { AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { CodeFlow, resultOf } from '../support/code-flow.js';
import { enrol, goodPassword, linkTo } from '../support/people.js';

const clock = new FixedClock();
let app: AuthApp;
let flow: CodeFlow;

beforeAll(async () => {
  app = await AuthApp.start({ clock, environment: { RATE_LIMIT_SCALE: '100' } });
  flow = await CodeFlow.create(app);
});

afterAll(() => app.stop());

describe('the way through the pages', () => {
  const begin = async (browser: Browser, parameters = {}): Promise<ApiAnswer> =>
    browser.follow(await browser.get(flow.url(parameters, await flow.newClient())));
  const linkIn = (page: ApiAnswer, text: string): string => {
    const [, href = ''] = new RegExp(`<a href="([^"]+)"\\s*>${text}`).exec(page.text) ?? [];
    return href.replaceAll('&amp;', '&');
  };

  it('shows no form for a request that is unknown, of another session, or over', async () => {
    const browser = new Browser(app.public);
    const login = await begin(browser);
    const [, tx = ''] = /name="tx" value="([^"]+)"/.exec(login.text) ?? [];
    expect((await browser.get(`/login?tx=${tx}`)).status).toBe(200);
    const stranger = await new Browser(app.public).get(`/login?tx=${tx}`);
    const unknown = await browser.get('/login?tx=unknown');
    clock.advance(30 * 60_000);
    const late = await browser.get(`/login?tx=${tx}`);
    const { email, password } = flow.person;
    const typed = await browser.submit(login, { email, password });
    for (const { status, text } of [stranger, unknown, late, typed]) {
      expect([status, text]).toEqual([410, expect.stringContaining('has expired')]);
      expect(text).not.toContain('<form');
    }
  });

  it('keeps the request while a forgotten password is replaced', async () => {
    const browser = new Browser(app.public);
    const login = await begin(browser);
    const reset = await browser.get(linkIn(login, 'Forgot your password'));
    const sent = await browser.submit(reset, { email: flow.person.email });
    const link = await browser.get(await linkTo(app, flow.person.id, 'reset'));
    await browser.submit(link, { password: goodPassword });
    const back = await browser.get(linkIn(sent, 'Back to sign in'));
    const consent = await browser.signIn(back, flow.person.email, goodPassword);
    const done = await browser.follow(await browser.submit(consent, { decision: 'allow' }));
    expect(resultOf(done).get('code')).toMatch(/^kng_ac_/);
  });

  it('lets another account answer what an app asks for', async () => {
    const carla = await enrol(app, flow.tenant, 'carla@example.com');
    const browser = new Browser(app.public);
    const { email, password } = flow.person;
    const asked = await browser.signIn(await begin(browser), email, password);
    const login = await browser.get(linkIn(asked, 'Use another account'));
    const again = await browser.signIn(login, carla.email, carla.password);
    expect(again.text).toContain(`Signed in as ${carla.email}`);
    const done = await browser.follow(await browser.submit(again, { decision: 'allow' }));
    expect(resultOf(done).get('code')).toMatch(/^kng_ac_/);
  });

  it('says to begin again from the app where the password was saved elsewhere', async () => {
    const browser = new Browser(app.public);
    const link = await browser.get(await linkTo(app, flow.person.id, 'reset'));
    const saved = await browser.follow(await browser.submit(link, { password: goodPassword }));
    expect(saved.text).toContain('start again from the app that sent you here');
  });

  it('stays in the language that the app has asked for', async () => {
    const browser = new Browser(app.public);
    const languages: unknown[] = [];
    const note = (page: ApiAnswer): ApiAnswer => {
      languages.push(page.headers['content-language']);
      return page;
    };
    const login = note(await begin(browser, { ui_locales: 'de' }));
    const reset = note(await browser.get(linkIn(login, 'Passwort vergessen')));
    const sent = note(await browser.submit(reset, { email: 'nobody@example.com' }));
    const back = note(await browser.get(linkIn(sent, 'Zurück zur Anmeldung')));
    const { email, password } = flow.person;
    const failed = note(await browser.submit(back, { email, password: 'wrong wrong wrong' }));
    const signedIn = await browser.submit(failed, { email, password });
    expect(signedIn.headers.location).toMatch(/^\/v1\/oauth\/authorize\/resume\?.*ui_locales=de$/);
    const consent = note(await browser.follow(signedIn));
    const decided = await browser.submit(consent, { decision: 'allow' });
    note(await browser.get(String(decided.headers.location)));
    const sessions = note(await browser.get('/account/sessions?ui_locales=de'));
    note(await browser.get(linkIn(sessions, 'Apps mit Zugriff')));
    const left = await browser.submit(sessions, {}, '/logout?ui_locales=de');
    expect(left.headers.location).toBe('/login?ui_locales=de');
    expect(languages).toEqual(languages.map(() => 'de'));
  });

  it('takes a blank organisation for none, and says to everyone that one may be needed', async () => {
    const other = await app.createTenant();
    await enrol(app, flow.tenant, 'twice@example.com');
    await enrol(app, other, 'twice@example.com');
    const browser = new Browser(app.public);
    const attempt = async (email: string, organisation: string): Promise<ApiAnswer> =>
      browser.submit(await browser.get('/login'), { email, password: goodPassword, organisation });
    for (const email of ['twice@example.com', 'nobody@example.com']) {
      const { status, text } = await attempt(email, ' ');
      expect([status, text]).toEqual([401, expect.stringContaining('fill in the organisation')]);
    }
    expect((await attempt('twice@example.com', other.slug)).status).toBe(303);
    expect((await attempt(flow.person.email, ' ')).status).toBe(303);
    const reset = await browser.get('/reset');
    const sent = await browser.submit(reset, { email: 'nobody@example.com', organisation: '' });
    expect(sent.text).toContain('with the organisation filled in');
  });

  it('tells a user of another organisation that the app takes its own only', async () => {
    const stranger = await enrol(app, await app.createTenant(), 'dora@example.com');
    const browser = new Browser(app.public);
    const { email, password } = stranger;
    const { status, text } = await browser.submit(await begin(browser), { email, password });
    expect([status, text]).toEqual([401, expect.stringContaining('its own organisation only')]);
  });
});

describe('pages that are read out', () => {
  it('name a problem in the title, at the top and at its fields', async () => {
    const browser = new Browser(app.public);
    const login = await browser.get('/login');
    expect(login.text).not.toMatch(/aria-invalid="|role="/);
    expect(login.text).toMatch(/<input[^>]*id="email"[^>]*autofocus/);
    const failed = await browser.submit(login, { email: 'a@example.com', password: 'wrong' });
    expect(failed.text).toContain('<title>Problem: Sign in');
    expect(failed.text).toMatch(/<p id="note" class="note problem" role="alert">E-mail address/);
    expect(failed.text.match(/aria-invalid="true" aria-describedby="note"/g)).toHaveLength(2);
    expect(failed.text).toMatch(/<input[^>]*id="password"[^>]*autofocus/);
    const link = await browser.get(await linkTo(app, flow.person.id, 'reset'));
    const weak = await browser.submit(link, { password: 'short' });
    expect(weak.text).toContain('<title>Problem: Reset your password');
    expect(weak.text).toMatch(/role="alert">Use at least 12/);
    expect(weak.text).toContain('aria-invalid="true" aria-describedby="note"');
  });

  it('tell a success as a status', async () => {
    const { text } = await app.public.get('/login?saved=1');
    expect(text).toMatch(/<p id="note" class="note done" role="status">Your password is saved/);
    expect(text).toContain('<title>Sign in');
  });

  it('show the account to password managers as a field', async () => {
    const { text } = await app.public.get(await linkTo(app, flow.person.id, 'reset'));
    const [field = ''] = /<input[^>]*autocomplete="username"[^>]*>/.exec(text) ?? [];
    expect(field).toContain(`value="${flow.person.email}"`);
    expect(field).toContain('readonly');
    expect(field).not.toContain('hidden');
  });

  it('hold no list where there is nothing to list', async () => {
    const browser = new Browser(app.public);
    const { email, password } = await enrol(app, flow.tenant, 'nora@example.com');
    await browser.signIn(await browser.get('/login'), email, password);
    const { text } = await browser.get('/account/apps');
    expect(text).toContain('No app has access.');
    expect(text).not.toContain('<ul');
  });

  it('give every button a name of its own, and every scope its words', async () => {
    const browser = new Browser(app.public);
    browser.language = 'de';
    for (const name of ['Erste App', 'Zweite App'])
      await flow.authorize({}, await flow.newClient({ name }), browser);
    const apps = await browser.get('/account/apps');
    expect(apps.text).toContain('aria-label="Zugriff entziehen: Erste App"');
    expect(apps.text).toContain('aria-label="Zugriff entziehen: Zweite App"');
    expect(apps.text).toContain('Diesen Zugriff behalten, auch wenn Sie nicht da sind');
    expect(apps.text).not.toMatch(/webhooks:write|offline_access/);
    await flow.authorize();
    const sessions = await browser.get('/account/sessions');
    expect(sessions.text).toMatch(/aria-label="Beenden: Unbekannter Browser, 127\.0\.0\.1"/);
  });
});
