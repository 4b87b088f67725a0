import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Database } from '#libs/foundation';
import { type ApiAnswer, FixedClock } from '#libs/testing';
import { Argon2Pool } from '../../src/modules/accounts/passwords/argon2-pool.js';
import { InviteUserCommand } from '../../src/modules/ops/cli/invite-user.command.js';
import { cliAdministrator } from '../../src/modules/ops/cli/run-cli.js';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { countStatements } from '../support/count-statements.js';
import { enrol, goodPassword, type PersonUnderTest } from '../support/people.js';

const hourMs = 3_600_000;

describe('accounts', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let tenant: TenantUnderTest;
  let person: PersonUnderTest;

  beforeAll(async () => {
    app = await AuthApp.start({ clock, environment: { RATE_LIMIT_SCALE: '100' } });
    tenant = await app.createTenant();
    person = await enrol(app, tenant, 'Anna@example.com', 'admin');
  });

  afterAll(() => app.stop());

  const signedIn = async (email = person.email, password = person.password): Promise<Browser> => {
    const browser = new Browser(app.public);
    const page = await browser.get('/login');
    const answer = await browser.submit(page, { email, password });
    expect([answer.status, answer.headers.location]).toEqual([303, '/account/apps']);
    return browser;
  };
  const invite = async (email: string): Promise<string> => {
    const by = cliAdministrator();
    const options = { tenant: tenant.slug, email, role: 'member' };
    const { enrolment_url } = await app.get(InviteUserCommand).run(options, by);
    const { origin, pathname, search } = new URL(enrolment_url as string);
    expect(origin).toBe('https://auth.knogin.com');
    return pathname + search;
  };
  const mailsTo = (email: string): string[] => {
    // The folder comes with the first mail.
    const names = existsSync(app.mailDir) ? readdirSync(app.mailDir) : [];
    const files = names.map((name) => join(app.mailDir, name));
    for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600);
    return files
      .map((file) => readFileSync(file, 'utf8'))
      .filter((text) => text.includes(`To: ${email}`));
  };

  describe('pages', () => {
    it('[O59] cannot be framed, run no script, load nothing from elsewhere and are not kept', async () => {
      for (const path of ['/login', '/reset', '/enrol?token=x', '/v1/oauth/authorize']) {
        const { headers, text } = await app.public.get(path);
        expect(headers).toMatchObject({
          'x-frame-options': 'DENY',
          'cache-control': 'no-store',
          'referrer-policy': 'no-referrer',
          'content-security-policy': expect.stringMatching(
            /^default-src 'none'; style-src 'nonce-[^']+'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
          ),
        });
        expect(text).not.toMatch(/<script|<img|<link|https?:/);
      }
    });

    it('speak German and English', async () => {
      const german = await app.public.get('/login', {
        headers: { 'accept-language': 'de-AT,en;q=0.5' },
      });
      expect([german.headers['content-language'], german.text]).toEqual([
        'de',
        expect.stringContaining('Passwort vergessen?'),
      ]);
      const french = await app.public.get('/login', { headers: { 'accept-language': 'fr' } });
      expect(french.text).toContain('Forgot your password?');
    });

    it('[O57] keep the session in a cookie that comes along from a partner’s site', async () => {
      const { headers } = await app.public.get('/login');
      expect(headers['set-cookie']).toMatch(
        /^__Host-kng_sid=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
      );
    });

    it('refuse a form without the session’s token, with another’s, and a login that was planted', async () => {
      const browser = new Browser(app.public);
      const page = await browser.get('/login');
      const fields = { email: person.email, password: person.password };
      const without = await browser.submit(page, { ...fields, csrf: '' });
      expect(without.status).toBe(403);
      const victim = new Browser(app.public);
      await victim.get('/login');
      expect((await victim.submit(page, fields)).status).toBe(403);
      const nobody = new Browser(app.public);
      expect((await nobody.submit(page, fields)).status).toBe(403);
    });

    it('escape what they show', async () => {
      const browser = new Browser(app.public);
      const page = await browser.get('/login');
      const answer = await browser.submit(page, { email: '"><b>x', password: 'y' });
      expect(answer.text).toContain('value="&quot;&gt;&lt;b&gt;x"');
    });
  });

  describe('login', () => {
    it('[O60] answers alike to a wrong password, an unknown address and an invited user', async () => {
      await invite('invited@example.com');
      const pages: ApiAnswer[] = [];
      for (const email of [person.email, 'nobody@example.com', 'invited@example.com']) {
        const browser = new Browser(app.public);
        const page = await browser.get('/login');
        pages.push(await browser.submit(page, { email, password: 'wrong wrong wrong' }));
      }
      const plain = pages.map(({ status, text }) => [
        status,
        text.replaceAll(/value="[^"]*"|nonce="[^"]*"/g, ''),
      ]);
      expect(plain[0]?.[0]).toBe(401);
      expect(plain[1]).toEqual(plain[0]);
      expect(plain[2]).toEqual(plain[0]);
    });

    it('takes the address in any case, and the organisation where an address has several', async () => {
      await signedIn('anna@EXAMPLE.com');
      const other = await app.createTenant();
      await enrol(app, other, 'anna@example.com');
      const browser = new Browser(app.public);
      const page = await browser.get('/login');
      const fields = { email: person.email, password: person.password };
      expect((await browser.submit(page, fields)).status).toBe(401);
      const named = await browser.submit(page, { ...fields, organisation: tenant.slug });
      expect(named.status).toBe(303);
      await app
        .get(Database)
        .execute(
          `DELETE FROM one_time_link WHERE user_id IN (SELECT id FROM user_account WHERE tenant_id = $1)`,
          [other.id],
        );
      await app.get(Database).execute('DELETE FROM user_account WHERE tenant_id = $1', [other.id]);
    });

    it('[O60] hashes once, whoever is named: nobody, an invited user, somebody of two organisations', async () => {
      const other = await app.createTenant();
      await enrol(app, tenant, 'twice@example.com');
      await enrol(app, other, 'twice@example.com');
      await invite('waiting@example.com');
      const hashes = async (email: string): Promise<number> => {
        const browser = new Browser(app.public);
        const page = await browser.get('/login');
        const spy = jest.spyOn(Argon2Pool.prototype, 'hash');
        await browser.submit(page, { email, password: goodPassword });
        const times = spy.mock.calls.length;
        spy.mockRestore();
        return times;
      };
      for (const email of ['nobody', 'waiting', 'twice'])
        expect([email, await hashes(`${email}@example.com`)]).toEqual([email, 1]);
      expect(await hashes(person.email)).toBe(1);
    });

    it('[O60] does the same statements whether the address is known or not', async () => {
      const attempt = async (email: string): Promise<string[]> => {
        const browser = new Browser(app.public);
        const page = await browser.get('/login');
        return countStatements(app, () =>
          browser.submit(page, { email, password: 'wrong wrong wrong' }),
        );
      };
      expect(await attempt('nobody@example.com')).toEqual(await attempt(person.email));
    });
  });

  describe('sessions', () => {
    it('end after 8 idle hours, after 24 hours, and when the user signs out', async () => {
      const idle = await signedIn();
      clock.advance(8 * hourMs);
      expect((await idle.get('/account/apps')).status).toBe(303);
      const busy = await signedIn();
      for (let hours = 0; hours < 21; hours += 7) {
        expect((await busy.get('/account/apps')).status).toBe(200);
        clock.advance(7 * hourMs);
      }
      expect((await busy.get('/account/apps')).status).toBe(200);
      clock.advance(3 * hourMs);
      expect((await busy.get('/account/apps')).status).toBe(303);
      const leaving = await signedIn();
      const kept = leaving.cookie;
      const page = await leaving.get('/account/sessions');
      const logout = {
        ...page,
        text: page.text.slice(page.text.indexOf('<form method="post" action="/logout"')),
      };
      expect((await leaving.submit(logout, {})).headers.location).toBe('/login');
      expect(leaving.cookie).toBeUndefined();
      leaving.cookie = kept;
      expect((await leaving.get('/account/sessions')).status).toBe(303);
    });

    it('are listed, and ended from another browser; nobody ends a stranger’s', async () => {
      const here = await signedIn();
      const there = await signedIn();
      const page = await here.get('/account/sessions');
      expect(page.text).toContain('this browser');
      const [row] = await app
        .get(Database)
        .query<{ id: string }>(
          `SELECT id FROM user_session WHERE user_id = $1 ORDER BY id DESC LIMIT 1`,
          [person.id],
        );
      const stranger = await enrol(app, tenant, 'bert@example.com');
      const bert = await signedIn(stranger.email);
      const bertsPage = await bert.get('/account/sessions');
      const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(bertsPage.text) ?? [];
      await app.public.post('/account/sessions', {
        form: { csrf, session: String(row?.id) },
        headers: { cookie: String(bert.cookie) },
      });
      expect((await there.get('/account/apps')).status).toBe(200);
      const [, own = ''] = /name="csrf" value="([^"]+)"/.exec(page.text) ?? [];
      await app.public.post('/account/sessions', {
        form: { csrf: own, session: String(row?.id) },
        headers: { cookie: String(here.cookie) },
      });
      expect((await there.get('/account/apps')).status).toBe(303);
    });
  });

  describe('one-time links', () => {
    it('enrol once, are not used up by looking, and die after 15 minutes or by a newer one', async () => {
      const first = await invite('carla@example.com');
      const second = await invite('carla@example.com');
      expect((await app.public.get(first)).status).toBe(410);
      const browser = new Browser(app.public);
      const page = await browser.get(second);
      expect((await browser.get(second)).status).toBe(200);
      const weak = await browser.submit(page, { password: 'short' });
      expect([weak.status, weak.text]).toEqual([422, expect.stringContaining('at least 12')]);
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => browser.submit(page, { password: goodPassword })),
      );
      expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
      await signedIn('carla@example.com');
      const late = await invite('dora@example.com');
      clock.advance(15 * 60_000);
      expect((await app.public.get(late)).status).toBe(410);
      const again = app
        .get(InviteUserCommand)
        .run(
          { tenant: tenant.slug, email: 'carla@example.com', role: 'member' },
          cliAdministrator(),
        );
      await expect(again).rejects.toMatchObject({ code: 'conflict' });
    });

    it('that reset speak the language of their mail, in whichever browser they are opened', async () => {
      const german = await enrol(app, tenant, 'greta@example.com');
      const asking = new Browser(app.public);
      asking.language = 'de';
      await asking.submit(await asking.get('/reset'), { email: german.email });
      let mails: string[] = [];
      while (mails.length === 0) {
        await app.public.get('/login');
        mails = mailsTo(german.email);
      }
      const [, path = ''] = /(\/reset\/confirm\?\S+)/.exec(mails[0] ?? '') ?? [];
      expect(mails[0]).toContain('Ihr Knogin-Passwort zurücksetzen');
      const opened = await new Browser(app.public).get(path);
      expect([opened.status, opened.headers['content-language']]).toEqual([200, 'de']);
    });

    it('[O60] [O27] reset by mail to a file of the owner’s, the same answer for every address', async () => {
      const old = await signedIn();
      const ask = async (email: string): Promise<ApiAnswer> => {
        const browser = new Browser(app.public);
        const page = await browser.get('/reset');
        return browser.submit(page, { email, organisation: tenant.slug });
      };
      const known = await ask(person.email);
      const unknown = await ask('nobody@example.com');
      const plain = ({ status, text }: ApiAnswer): unknown => [
        status,
        text.replaceAll(/nonce="[^"]*"/g, ''),
      ];
      expect(plain(unknown)).toEqual(plain(known));
      let mails: string[] = [];
      // The file is there a moment before its line in the log.
      while (mails.length === 0 || !app.log().includes('mail.written')) {
        await app.public.get('/login');
        mails = mailsTo(person.email);
      }
      expect(mails).toHaveLength(1);
      const [, path = '', token = ''] =
        /https:\/\/auth\.knogin\.com(\/reset\/confirm\?token=([\w-]{43})\S*)/.exec(
          mails[0] ?? '',
        ) ?? [];
      expect(app.log()).toContain('mail.written');
      expect(app.log()).not.toContain(token);
      const browser = new Browser(app.public);
      const page = await browser.get(path);
      const password = 'another good long password';
      expect((await browser.submit(page, { password })).headers.location).toBe(
        '/login?saved=1&ui_locales=en',
      );
      expect((await old.get('/account/apps')).status).toBe(303);
      await signedIn(person.email, password);
      const stale = new Browser(app.public);
      const login = await stale.get('/login');
      expect(
        (await stale.submit(login, { email: person.email, password: person.password })).status,
      ).toBe(401);
      person = { ...person, password };
      expect((await app.public.get(path)).status).toBe(410);
    });
  });
});
