import type { ApiAnswer } from '#libs/testing';
import { AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { CodeFlow } from '../support/code-flow.js';
import { enrol } from '../support/people.js';

describe('error pages', () => {
  let app: AuthApp;
  let flow: CodeFlow;

  beforeAll(async () => {
    app = await AuthApp.start({ environment: { RATE_LIMIT_SCALE: '100' } });
    flow = await CodeFlow.create(app);
  });

  afterAll(() => app.stop());

  /** The reasons in the log under the number that a page shows. */
  const reasonsOf = (page: string): unknown[] => {
    const [, number = 'none'] = /<code>(req_\w+)<\/code>/.exec(page) ?? [];
    return app
      .log()
      .split('\n')
      .filter((line) => line.includes(number) && line.includes('page.refused'))
      .map((line) => (JSON.parse(line) as { reason: unknown }).reason);
  };

  it('show a number under which the log tells the reason', async () => {
    const browser = new Browser(app.public);
    const answers = [
      [await browser.get('/v1/oauth/authorize?client_id=app_unknown'), 'The client is not known.'],
      [
        await browser.get(flow.url({ redirect_uri: 'https://evil.example/' })),
        'The redirect URI is not registered.',
      ],
      [await browser.get('/consent?tx=unknown'), 'errorExpired'],
      [
        await app.public.post('/login', { form: { email: 'a@example.com' } }),
        'a form without a session',
      ],
      [await app.public.post('/login', { body: {} }), expect.stringMatching(/urlencoded/)],
    ] as const;
    for (const [{ status, text }, reason] of answers) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(text).toContain('quote this number');
      expect(reasonsOf(text)).toEqual([reason]);
    }
  });

  describe('of a user who has signed in with another organisation meanwhile', () => {
    let browser: Browser;
    let page: ApiAnswer;

    beforeAll(async () => {
      const { email, password } = await enrol(app, await app.createTenant(), 'bert@example.com');
      browser = new Browser(app.public);
      const begun = await browser.get(flow.url());
      const [, tx = ''] = /tx=([\w-]+)/.exec(String(begun.headers.location)) ?? [];
      await browser.submit(await browser.get('/login'), { email, password });
      page = await browser.get(`/consent?tx=${tx}&ui_locales=de`);
    });

    it('tell that the app belongs to another organisation', () => {
      expect([page.status, page.text]).toEqual([
        403,
        expect.stringContaining('zu einer anderen Organisation'),
      ]);
    });

    it('hold the way to sign out, in the same language', async () => {
      const left = await browser.submit(page, {}, '/logout?ui_locales=de');
      expect([left.status, left.headers.location]).toEqual([303, '/login?ui_locales=de']);
      expect((await browser.get('/account/sessions')).headers.location).toBe('/login');
    });
  });

  it('say that the address to return to is not registered where it was forbidden meanwhile', async () => {
    const client = await flow.newClient();
    const browser = new Browser(app.public);
    const login = await browser.follow(await browser.get(flow.url({}, client)));
    const consent = await browser.signIn(login, flow.person.email, flow.person.password);
    await flow.tenant.admin.patch(`/v1/platform/apps/${client.id}/governance`, {
      body: { allowed_redirect_hosts: ['elsewhere.example'] },
    });
    const { status, text } = await browser.submit(consent, { decision: 'allow' });
    expect([status, text]).toEqual([400, expect.stringContaining('is not registered for it')]);
    expect(reasonsOf(text)).toEqual(['The redirect URI is not allowed any more.']);
  });
});
