import { FixedClock } from '#libs/testing';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { enrol, goodPassword, linkTo, type PersonUnderTest } from '../support/people.js';

describe('the audit log of a tenant', () => {
  let app: AuthApp;
  let tenant: TenantUnderTest;
  let person: PersonUnderTest;

  beforeAll(async () => {
    app = await AuthApp.start({
      clock: new FixedClock(),
      environment: { RATE_LIMIT_SCALE: '100' },
    });
    tenant = await app.createTenant();
    person = await enrol(app, tenant, 'anna@example.com');
  });

  afterAll(() => app.stop());

  const entries = async (): Promise<{ action: string; target: { kind: string; id: string } }[]> => {
    const { body } = await tenant.admin.get('/v1/platform/audit-log?limit=200');
    return (body.entries as { actor: unknown; action: string; target: never }[])
      .filter(({ actor }) => JSON.stringify(actor).includes(person.id))
      .map(({ action, target }) => ({ action, target }));
  };
  const signIn = async (password = person.password): Promise<Browser> => {
    const browser = new Browser(app.public);
    await browser.submit(await browser.get('/login'), { email: person.email, password });
    return browser;
  };

  it('tells who signed in and out of which session, and who chose a password; no failure', async () => {
    await signIn('wrong wrong wrong');
    const [here, there] = [await signIn(), await signIn()];
    await there.submit(await there.get('/account/sessions'), {}, '/logout');
    const list = await here.get('/account/sessions');
    await here.submit(list, {}, '/logout');
    const reset = new Browser(app.public);
    const form = await reset.get(await linkTo(app, person.id, 'reset'));
    await reset.submit(form, { password: goodPassword });
    const told = await entries();
    expect(told.map(({ action }) => action)).toEqual([
      'user.password_reset',
      'user.signed_out',
      'user.signed_out',
      'user.signed_in',
      'user.signed_in',
      'user.enrolled',
    ]);
    const sessions = told.filter(({ target }) => target.kind === 'session');
    expect(new Set(sessions.map(({ target }) => target.id)).size).toBe(2);
    for (const { target } of sessions) expect(target.id).toMatch(/^ses_/);
  });

  it('says nothing of a session that is not there', async () => {
    const before = (await entries()).length;
    const browser = await signIn();
    const { text } = await browser.get('/account/sessions');
    const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(text) ?? [];
    await app.public.post('/account/sessions', {
      form: { csrf, session: 'ses_unknown' },
      headers: { cookie: String(browser.cookie) },
    });
    expect((await entries()).length).toBe(before + 1);
  });
});
