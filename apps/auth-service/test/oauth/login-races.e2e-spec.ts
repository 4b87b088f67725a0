import { Database } from '#libs/foundation';
import { type ApiAnswer, FixedClock } from '#libs/testing';
import { Argon2Pool } from '../../src/modules/accounts/passwords/argon2-pool.js';
import { UserChanges } from '../../src/modules/identity/index.js';
import { cliAdministrator } from '../../src/modules/ops/cli/run-cli.js';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
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
