import { FixedClock } from '#libs/testing';
import { AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { enrol, goodPassword, linkTo, type PersonUnderTest } from '../support/people.js';

describe('the one-time links of a user', () => {
  let app: AuthApp;
  let person: PersonUnderTest;

  beforeAll(async () => {
    app = await AuthApp.start({
      clock: new FixedClock(),
      environment: { RATE_LIMIT_SCALE: '100' },
    });
    person = await enrol(app, await app.createTenant(), 'anna@example.com');
  });

  afterAll(() => app.stop());

  const statusOf = async (path: string): Promise<number> => (await app.public.get(path)).status;

  it('leave one that works, however many are asked for at once', async () => {
    const paths = await Promise.all(
      Array.from({ length: 5 }, () => linkTo(app, person.id, 'reset')),
    );
    const statuses = await Promise.all(paths.map(statusOf));
    expect(statuses.sort()).toEqual([200, 410, 410, 410, 410]);
  });

  it('are all used up by the first password that is saved', async () => {
    const other = await linkTo(app, person.id, 'enrol');
    const used = await linkTo(app, person.id, 'reset');
    const browser = new Browser(app.public);
    const saved = await browser.submit(await browser.get(used), { password: goodPassword });
    expect(saved.status).toBe(303);
    expect([await statusOf(other), await statusOf(used)]).toEqual([410, 410]);
  });

  it('that are dead lead to a new one where the user can ask for it', async () => {
    const pageOf = async (path: string): Promise<string> => (await app.public.get(path)).text;
    expect(await pageOf('/reset/confirm?token=dead&ui_locales=de')).toContain(
      'href="/reset?ui_locales=de"',
    );
    expect(await pageOf('/enrol?token=dead')).not.toContain('href=');
  });

  it('neither wait for each other nor fail where one is used while another is made', async () => {
    for (let round = 0; round < 5; round++) {
      const browser = new Browser(app.public);
      const page = await browser.get(await linkTo(app, person.id, 'reset'));
      const [saved] = await Promise.all([
        browser.submit(page, { password: goodPassword }),
        linkTo(app, person.id, 'reset'),
      ]);
      // The newer link may have been first.
      expect([303, 410]).toContain(saved.status);
    }
  });
});
