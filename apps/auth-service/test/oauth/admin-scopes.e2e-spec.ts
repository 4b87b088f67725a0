import { FixedClock } from '#libs/testing';
import { decodeJwt } from 'jose';
import { UserChanges } from '../../src/modules/identity/index.js';
import { cliAdministrator } from '../../src/modules/ops/cli/run-cli.js';
import { AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { CodeFlow, resultOf } from '../support/code-flow.js';
import type { ClientUnderTest } from '../support/oauth-client.js';
import { enrol, type PersonUnderTest } from '../support/people.js';

const scope = 'platform:apps:write offline_access';

describe('admin scopes through a first-party app', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let flow: CodeFlow;
  let console: ClientUnderTest;
  let admin: PersonUnderTest;

  beforeAll(async () => {
    app = await AuthApp.start({ clock, environment: { RATE_LIMIT_SCALE: '100' } });
    flow = await CodeFlow.create(app);
    admin = await enrol(app, flow.tenant, 'ada@example.com', 'admin');
    console = await flow.newClient({
      first_party: true,
      approved_scopes: ['platform:apps:write', 'webhooks:read'],
    });
  });

  afterAll(() => app.stop());

  it('are refused to a member, asked for by name or by default', async () => {
    for (const asked of [scope, undefined]) {
      const browser = new Browser(app.public);
      const login = await browser.follow(await browser.get(flow.url({ scope: asked }, console)));
      const done = await browser.signIn(login, flow.person.email, flow.person.password);
      expect(resultOf(done).get('error')).toBe('access_denied');
    }
    expect(await flow.authorize({ scope: 'webhooks:read' }, console)).toMatch(/^kng_ac_/);
  });

  it('are an admin’s, and lost with the role: at the code and at each refresh', async () => {
    const browser = new Browser(app.public);
    const ask = { scope: `${scope} webhooks:read` };
    const first = await flow.redeem(
      await flow.authorize(ask, console, browser, admin),
      {},
      console,
    );
    expect(first.body.scope).toBe('offline_access platform:apps:write webhooks:read');
    expect(decodeJwt(first.body.access_token).roles).toEqual(['admin']);
    const code = await flow.authorize(ask, console, browser, admin);
    await app
      .get(UserChanges)
      .update(cliAdministrator(), flow.tenant.id, admin.id, { role: 'member' });
    const late = await flow.redeem(code, {}, console);
    const refreshed = await flow.refresh(first.body.refresh_token, {}, console);
    for (const { body } of [late, refreshed])
      expect(body.scope).toBe('offline_access webhooks:read');
  });

  it('are nobody’s through an external app', async () => {
    const external = await flow.newClient({ approved_scopes: ['platform:apps:write'] });
    const answer = await app.public.get(flow.url({ scope, prompt: 'none' }, external));
    expect(resultOf(answer).get('error')).toBe('invalid_scope');
  });
});
