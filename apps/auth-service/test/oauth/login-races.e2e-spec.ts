import { Database } from '#libs/foundation';
import { type ApiAnswer, FixedClock } from '#libs/testing';
import { Argon2Pool } from '../../src/modules/accounts/passwords/argon2-pool.js';
import { UserChanges } from '../../src/modules/identity/index.js';
import { cliAdministrator } from '../../src/modules/ops/cli/run-cli.js';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { CodeFlow, resultOf } from '../support/code-flow.js';
import { enrol, linkTo, type PersonUnderTest } from '../support/people.js';

describe('a login under way', () => {
  let app: AuthApp;
  let tenant: TenantUnderTest;
  let person: PersonUnderTest;
  let people = 0;

  beforeAll(async () => {
    app = await AuthApp.start({
      clock: new FixedClock(),
      environment: { RATE_LIMIT_SCALE: '100' },
    });
    tenant = await app.createTenant();
  });

  beforeEach(async () => {
    person = await enrol(app, tenant, `person-${++people}@example.com`);
  });

  afterAll(() => app.stop());

  /** Sends the right password, and does `meanwhile` after the account was read, before the hash is known. */
  const signIn = async (
    browser: Browser,
    meanwhile: () => Promise<unknown>,
  ): Promise<ApiAnswer> => {
    const page = await browser.get('/login');
    const original = Object.getOwnPropertyDescriptor(Argon2Pool.prototype, 'hash')
      ?.value as Argon2Pool['hash'];
    const spy = jest.spyOn(Argon2Pool.prototype, 'hash');
    spy.mockImplementationOnce(async function (this: Argon2Pool, ...parameters) {
      await meanwhile();
      return original.apply(this, parameters);
    });
    const { email, password } = person;
    const answer = await browser.submit(page, { email, password });
    spy.mockRestore();
    return answer;
  };
  const sessions = async (): Promise<number> => {
    const rows = await app
      .get(Database)
      .query('SELECT FROM user_session WHERE user_id = $1', [person.id]);
    return rows.length;
  };
  const reset = async (): Promise<void> => {
    const browser = new Browser(app.public);
    const page = await browser.get(await linkTo(app, person.id, 'reset'));
    const saved = await browser.submit(page, { password: 'another good long password' });
    expect(saved.status).toBe(303);
  };

  it('does not survive the reset of the password it was begun with', async () => {
    const browser = new Browser(app.public);
    const answer = await signIn(browser, reset);
    expect([answer.status, answer.text]).toEqual([401, expect.stringContaining('is wrong')]);
    expect(await sessions()).toBe(0);
  });

  it('does not survive the suspension of its user, not even once that is over', async () => {
    const set = (status: 'active' | 'suspended') =>
      app.get(UserChanges).update(cliAdministrator(), tenant.id, person.id, { status });
    const browser = new Browser(app.public);
    expect((await signIn(browser, () => set('suspended'))).status).toBe(401);
    await set('active');
    expect(await sessions()).toBe(0);
  });

  it('ends well where nothing has changed', async () => {
    const browser = new Browser(app.public);
    expect((await signIn(browser, () => Promise.resolve())).status).toBe(303);
    expect((await browser.get('/account/sessions')).text).toContain(person.email);
  });
});

describe('a login form that is sent more than once', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let flow: CodeFlow;
  let people = 0;
  let person: PersonUnderTest;

  beforeAll(async () => {
    app = await AuthApp.start({ clock, environment: { RATE_LIMIT_SCALE: '100' } });
    flow = await CodeFlow.create(app);
  });

  beforeEach(async () => {
    person = await enrol(app, flow.tenant, `clicks-${++people}@example.com`);
  });

  afterAll(() => app.stop());

  const twin = (browser: Browser): Browser =>
    Object.assign(new Browser(app.public), { cookie: browser.cookie });
  /** Sends the form of one page so many times at once, each as if its answer were the one that is shown. */
  const click = async (
    times: number,
    browser: Browser,
    page: ApiAnswer,
  ): Promise<{ shown: Browser; answer: ApiAnswer }[]> => {
    const { email, password } = person;
    return Promise.all(
      Array.from({ length: times }, async () => {
        const shown = twin(browser);
        return { shown, answer: await shown.submit(page, { email, password }) };
      }),
    );
  };
  const visit = async (url = flow.url()): Promise<{ browser: Browser; page: ApiAnswer }> => {
    const browser = new Browser(app.public);
    return { browser, page: await browser.follow(await browser.get(url)) };
  };
  const sessionsOf = (userId: string) =>
    app
      .get(Database)
      .query<{ id: string; earlier_ids: string[] }>(
        'SELECT id, earlier_ids FROM user_session WHERE user_id = $1',
        [userId],
      );
  const signIns = async (): Promise<number> => {
    const { body } = await flow.tenant.admin.get('/v1/platform/audit-log?limit=200');
    return (body.entries as { action: string; actor: unknown }[]).filter(
      ({ action, actor }) =>
        action === 'user.signed_in' && JSON.stringify(actor).includes(person.id),
    ).length;
  };

  it.each([2, 5])('%i times at once is one login, and each answer goes on', async (times) => {
    const { browser, page } = await visit();
    const clicks = await click(times, browser, page);
    expect(clicks.map(({ answer }) => answer.status)).toEqual(clicks.map(() => 303));
    const cookies = new Set(clicks.map(({ shown }) => shown.cookie));
    expect(cookies.size).toBe(1);
    expect(cookies).not.toContain(browser.cookie);
    for (const { shown, answer } of clicks)
      expect((await shown.follow(answer)).text).toContain('action="/consent"');
    expect(await sessionsOf(person.id)).toHaveLength(1);
    expect(await signIns()).toBe(1);
  });

  it.each([0, 1])('leads to a code, whichever answer is shown (%i)', async (which) => {
    const { browser, page } = await visit();
    const clicks = await click(2, browser, page);
    const { shown, answer } = clicks[which] ?? raise();
    const consent = await shown.follow(answer);
    const done = await shown.follow(await shown.submit(consent, { decision: 'allow' }));
    expect((await flow.redeem(resultOf(done).get('code') ?? '')).status).toBe(200);
  });

  it('goes on from the session of a login before as well', async () => {
    const first = await visit();
    await first.browser.signIn(first.page, person.email, person.password);
    const [before] = await sessionsOf(person.id);
    const { browser } = first;
    const page = await browser.follow(await browser.get(flow.url({ prompt: 'login' })));
    for (const { shown, answer } of await click(2, browser, page))
      expect((await shown.follow(answer)).text).toContain('action="/consent"');
    const [after, ...others] = await sessionsOf(person.id);
    expect(others).toEqual([]);
    expect(after?.id).not.toBe(before?.id);
    expect(after?.earlier_ids).toEqual([before?.id]);
  });

  it('gets the same answer for 30 seconds, with the right password', async () => {
    const { browser, page } = await visit();
    const [first] = await click(1, browser, page);
    clock.advance(29_999);
    const [again] = await click(1, browser, page);
    expect(again?.shown.cookie).toBe(first?.shown.cookie);
    const wrong = await twin(browser).submit(page, { email: person.email, password: 'not this' });
    expect(wrong.status).toBe(401);
    clock.advance(1);
    const [late] = await click(1, browser, page);
    expect(late?.answer.status).toBe(403);
    expect(await sessionsOf(person.id)).toHaveLength(1);
  });

  it('goes on with the cookie that the first click has brought as well, for the same person', async () => {
    const { browser, page } = await visit();
    const [first] = await click(1, browser, page);
    const shown = first?.shown ?? raise();
    const [second] = await click(1, shown, page);
    expect(second?.answer).toMatchObject({
      status: 303,
      headers: { location: first?.answer.headers.location },
    });
    expect(second?.answer.headers['set-cookie']).toBeUndefined();
    const { email, password } = flow.person;
    expect((await shown.submit(page, { email, password })).status).toBe(403);
    expect((await shown.follow(second?.answer ?? raise())).text).toContain('action="/consent"');
    expect(await sessionsOf(person.id)).toHaveLength(1);
    expect(await signIns()).toBe(1);
  });

  it('signs in one person, of two at once as well', async () => {
    const { browser, page } = await visit();
    const answers = await Promise.all(
      [person, flow.person].map(({ email, password }) =>
        twin(browser).submit(page, { email, password }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 403]);
    const signedIn = [await sessionsOf(person.id), await sessionsOf(flow.person.id)].flat();
    expect(signedIn).toHaveLength(1);
  });

  it('signs in nobody once its login is over', async () => {
    const { browser, page } = await visit('/login');
    const [first] = await click(1, browser, page);
    const shown = first?.shown ?? raise();
    await shown.submit(await shown.get('/account/sessions'), {}, '/logout');
    const [late] = await click(1, browser, page);
    expect(late?.answer.status).toBe(403);
    expect(await sessionsOf(person.id)).toEqual([]);
  });

  it('leaves nothing to whoever holds the former cookie', async () => {
    const { browser, page } = await visit();
    const [first] = await click(1, browser, page);
    const planted = twin(browser);
    expect((await planted.get(String(first?.answer.headers.location))).status).toBe(410);
    expect((await planted.get('/account/sessions')).headers.location).toBe('/login');
    const begun = await planted.get(flow.url());
    expect(begun.headers['set-cookie']).toBeDefined();
    expect(planted.cookie).not.toBe(browser.cookie);
  });
});

function raise(): never {
  throw new Error('no such answer');
}
