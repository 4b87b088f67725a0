import { Database } from '#libs/foundation';
import { type ApiAnswer, FixedClock } from '#libs/testing';
import pg from 'pg';
import { AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { CodeFlow, resultOf } from '../support/code-flow.js';
import type { ClientUnderTest } from '../support/oauth-client.js';

const everything = { scope: undefined };

describe('consent', () => {
  let app: AuthApp;
  let flow: CodeFlow;
  let browser: Browser;

  beforeAll(async () => {
    app = await AuthApp.start({
      clock: new FixedClock(),
      environment: { RATE_LIMIT_SCALE: '100' },
    });
    flow = await CodeFlow.create(app);
  });

  beforeEach(async () => {
    browser = new Browser(app.public);
    await browser.signIn(await browser.get('/login'), flow.person.email, flow.person.password);
  });

  afterAll(() => app.stop());

  const approve = (client: ClientUnderTest, ...scopes: string[]): Promise<unknown> =>
    app
      .get(Database)
      .execute('UPDATE platform_app SET approved_scopes = $2 WHERE id = $1', [client.id, scopes]);
  const govern = (client: ClientUnderTest, patch: object): Promise<ApiAnswer> =>
    flow.tenant.admin.patch(`/v1/platform/apps/${client.id}/governance`, { body: patch });
  const allow = async (page: ApiAnswer): Promise<ApiAnswer> =>
    browser.follow(await browser.submit(page, { decision: 'allow' }));
  const scopeOf = async (page: ApiAnswer, client: ClientUnderTest): Promise<unknown> =>
    (await flow.redeem(resultOf(page).get('code') ?? '', {}, client)).body.scope;
  const audited = async (action: string, client: ClientUnderTest): Promise<unknown[]> =>
    (await flow.tenant.admin.get(`/v1/platform/audit-log?action=${action}&target_id=${client.id}`))
      .body.entries;

  it('[O58] is for the scopes that the page showed: one approved meanwhile is asked for', async () => {
    const client = await flow.newClient({ approved_scopes: ['webhooks:read'] });
    const page = await browser.follow(await browser.get(flow.url(everything, client)));
    await approve(client, 'webhooks:read', 'webhooks:write');
    const again = await allow(page);
    expect(again.text).toContain('Create and update outbound webhook subscriptions');
    expect(await scopeOf(await allow(again), client)).toBe('webhooks:read webhooks:write');
  });

  it('[O58] for fewer scopes by then leads to those', async () => {
    const client = await flow.newClient();
    const page = await browser.follow(await browser.get(flow.url(everything, client)));
    await approve(client, 'webhooks:read');
    expect(await scopeOf(await allow(page), client)).toBe('webhooks:read');
  });

  it('[O58] of an administrator is none of the user: they are asked once it is theirs to give', async () => {
    const client = await flow.newClient({ governance: { consent: 'admin_granted' } });
    expect((await browser.get(flow.url({}, client))).status).toBe(302);
    expect((await browser.get('/account/apps')).text).toContain(`value="${client.id}"`);
    await govern(client, { consent: 'once' });
    const asked = await browser.get(flow.url({}, client));
    expect(asked.headers.location).toMatch(/^\/consent\?tx=/);
    expect((await allow(await browser.follow(asked))).status).toBe(302);
    expect((await browser.get(flow.url({}, client))).status).toBe(302);
  });

  it('does not last for a public client at an address that anyone’s program can have', async () => {
    const uri = 'com.example.app:/callback';
    for (const consent of ['once', 'admin_granted']) {
      const client = await flow.newClient({
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: [uri],
        governance: { consent },
      });
      const to = { redirect_uri: uri };
      await flow.authorize(to, client, browser);
      const asked = await browser.get(flow.url(to, client));
      expect(asked.headers.location).toMatch(/^\/consent\?tx=/);
      const silent = await browser.get(flow.url({ ...to, prompt: 'none' }, client));
      expect(silent.headers.location).toContain('error=consent_required');
    }
    const web = await flow.newClient({ token_endpoint_auth_method: 'none' });
    await flow.authorize({}, web, browser);
    expect((await browser.get(flow.url({}, web))).status).toBe(302);
  });

  it('that is being taken away gives no code any more', async () => {
    const client = await flow.newClient();
    await flow.authorize({}, client, browser);
    const page = await browser.get('/account/apps');
    const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(page.text) ?? [];
    const holder = new pg.Client({ connectionString: app.database.url });
    await holder.connect();
    // The revocation stops before its commit, at its line in the audit log.
    await holder.query(`SELECT pg_advisory_lock(hashtextextended('audit_log:' || $1, 0))`, [
      flow.tenant.id,
    ]);
    const revoked = app.public.post('/account/apps', {
      form: { csrf, app: client.id },
      headers: { cookie: String(browser.cookie) },
    });
    await app.database.lockWaits(1);
    const answer = browser.get(flow.url({}, client));
    await app.database.lockWaits(2);
    await holder.end();
    await revoked;
    expect(resultOf(await answer).get('error')).toBe('access_denied');
  });

  it('stands in the audit log, given and taken', async () => {
    const client = await flow.newClient();
    await flow.authorize({}, client, browser);
    await browser.get(flow.url({}, client));
    expect(await audited('app.consent.granted', client)).toMatchObject([
      {
        actor: { kind: 'user', id: flow.person.id },
        after: { scopes: ['webhooks:write', 'offline_access'] },
      },
    ]);
  });
});
