import { existsSync, readdirSync } from 'node:fs';
import { Database } from '#libs/foundation';
import { type ApiAnswer, FixedClock } from '#libs/testing';
import { AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { CodeFlow } from '../support/code-flow.js';

describe('the limits of the pages', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let flow: CodeFlow;

  beforeAll(async () => {
    app = await AuthApp.start({ clock, environment: { TRUSTED_PROXIES: '127.0.0.0/8' } });
    flow = await CodeFlow.create(app);
  });

  afterAll(() => app.stop());

  /** Fills in a page's form, from an address of one's own. */
  const post = async (
    path: string,
    form: Record<string, string>,
    from: string,
  ): Promise<ApiAnswer> => {
    const browser = new Browser(app.public);
    const page = await browser.get(path);
    const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(page.text) ?? [];
    return app.public.post(path, {
      headers: { cookie: String(browser.cookie), 'x-forwarded-for': from },
      form: { csrf, ...form },
    });
  };
  const rows = async (): Promise<number> => {
    const [row] = await app
      .get(Database)
      .query<{ n: number }>(
        `SELECT (SELECT count(*) FROM user_session)::int + (SELECT count(*) FROM authorization_request)::int AS n`,
      );
    return row?.n ?? 0;
  };
  const mails = (): number => (existsSync(app.mailDir) ? readdirSync(app.mailDir).length : 0);

  it('allow ten logins in 15 minutes for an account from an address', async () => {
    const attempt = (email: string): Promise<ApiAnswer> =>
      post('/login', { email, password: 'wrong wrong wrong' }, '192.0.2.1');
    const answers: ApiAnswer[] = [];
    for (let i = 0; i < 11; i++) answers.push(await attempt('a@example.com'));
    expect(answers.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 10 }, () => 401),
      429,
    ]);
    expect(answers.at(-1)?.headers).toMatchObject({
      'ratelimit-policy': '"login";q=10;w=900',
      ratelimit: '"login";r=0;t=90',
      'retry-after': '90',
    });
    expect(answers.at(-1)?.text).toContain('Too many attempts');
    expect(answers.at(-1)?.text).not.toContain('aria-invalid="');
    expect((await attempt('b@example.com')).status).toBe(401);
    clock.advance(90_000);
    expect((await attempt('a@example.com')).status).toBe(401);
  });

  it('allow a hundred logins in 15 minutes for an address, whichever accounts they name', async () => {
    const attempt = (n: number, from = '192.0.2.2'): Promise<ApiAnswer> =>
      post('/login', { email: `n${n}@example.com`, password: 'wrong wrong wrong' }, from);
    const statuses: number[] = [];
    for (let n = 0; n < 100; n++) statuses.push((await attempt(n)).status);
    expect(new Set(statuses)).toEqual(new Set([401]));
    const { status, headers } = await attempt(100);
    expect([status, headers['ratelimit-policy'], headers['retry-after']]).toEqual([
      429,
      '"login-network";q=100;w=900',
      '9',
    ]);
    expect((await attempt(101, '192.0.2.3')).status).toBe(401);
    clock.advance(9_000);
    expect((await attempt(102)).status).toBe(401);
  });

  it('[O60] send five mails an hour to an address, wherever they are asked for and whether it is known', async () => {
    for (const email of [flow.person.email, 'nobody@example.com']) {
      const answers: ApiAnswer[] = [];
      for (let i = 0; i < 6; i++)
        // The very same address for whoever receives the mail.
        answers.push(
          await post('/reset', { email: ` ${email.toUpperCase()}` }, `192.0.2.${i + 10}`),
        );
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
      expect(answers.at(-1)?.headers).toMatchObject({
        'ratelimit-policy': '"reset";q=5;w=3600',
        ratelimit: '"reset";r=0;t=720',
        'retry-after': '720',
      });
    }
    while (mails() < 5) await app.public.get('/login');
    clock.advance(720_000);
    expect((await post('/reset', { email: flow.person.email }, '192.0.2.30')).status).toBe(200);
    while (mails() < 6) await app.public.get('/login');
    expect(mails()).toBe(6);
  });

  it('send ten mails in 15 minutes for one network', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 11; i++)
      statuses.push((await post('/reset', { email: `x${i}@example.com` }, '2001:db8::7')).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 429]);
  });

  it('keep visitors without a cookie from filling the disk', async () => {
    const visit = (path: string, host: number): Promise<ApiAnswer> =>
      app.public.get(path, {
        headers: { 'x-forwarded-for': `2001:db8:9:9::${host.toString(16)}` },
      });
    const before = await rows();
    const answers: ApiAnswer[] = [];
    for (let i = 1; i <= 310; i++)
      answers.push(await visit(i % 2 === 0 ? '/login' : flow.url(), i));
    const [admitted, refused] = [answers.slice(0, 300), answers.slice(300)];
    expect(admitted.every(({ status }) => status < 400)).toBe(true);
    for (const { status, headers, text } of refused) {
      expect([status, headers['retry-after'], headers['set-cookie']]).toEqual([
        429,
        '3',
        undefined,
      ]);
      expect(text).toContain('Too many attempts');
    }
    expect((await rows()) - before).toBe(450);
    const elsewhere = await app.public.get('/login', {
      headers: { 'x-forwarded-for': '192.0.2.9' },
    });
    expect(elsewhere.status).toBe(200);
  });

  it('keep one session from filling the disk with requests that wait', async () => {
    const browser = new Browser(app.public);
    await browser.get('/login');
    const headers = { cookie: String(browser.cookie), 'x-forwarded-for': '192.0.2.77' };
    const statuses: number[] = [];
    for (let i = 0; i < 302; i++)
      statuses.push((await app.public.get(flow.url(), { headers })).status);
    expect(statuses.slice(0, 300).every((status) => status === 303)).toBe(true);
    expect(statuses.slice(300)).toEqual([429, 429]);
  });
});
