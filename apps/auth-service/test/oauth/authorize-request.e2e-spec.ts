import { AppError, Database } from '#libs/foundation';
import { FixedClock } from '#libs/testing';
import { PageLimits } from '../../src/modules/accounts/pages/page-limits.js';
import { ScopeCatalogue } from '../../src/modules/identity/index.js';
import { AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { CodeFlow, redirectUri, resultOf } from '../support/code-flow.js';

const issuer = 'https://auth.knogin.com';

describe('an authorization request', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let flow: CodeFlow;

  beforeAll(async () => {
    app = await AuthApp.start({ clock, environment: { RATE_LIMIT_SCALE: '100' } });
    flow = await CodeFlow.create(app);
  });

  afterAll(() => app.stop());

  describe('before the redirect URI is trusted', () => {
    it('[O6] [O5] [O14] shows a page and redirects nowhere', async () => {
      for (const path of [
        flow.url({ client_id: 'app_unknown' }),
        flow.url({ redirect_uri: 'https://evil.example/' }),
        flow.url({ redirect_uri: `${redirectUri}/` }),
        `${flow.url()}&client_id=${flow.client.id}`,
        `${flow.url()}&redirect_uri=x`,
        flow.url({ client_id: undefined, 'client_id[]': flow.client.id }),
      ]) {
        const { status, headers, text } = await app.public.get(path);
        expect([status, headers.location]).toEqual([400, undefined]);
        expect(headers['content-type']).toBe('text/html; charset=utf-8');
        expect(text).not.toContain('evil.example');
      }
    });
  });

  describe('once it is trusted', () => {
    let browser: Browser;

    beforeAll(async () => {
      browser = new Browser(app.public);
      const login = await browser.get('/login');
      await browser.signIn(login, flow.person.email, flow.person.password);
    });

    it('[O1] [O12] [O13] redirects every error with iss and the state', async () => {
      const plain = await flow.newClient({ grant_types: ['client_credentials'] });
      const suspended = await flow.newClient({ status: 'suspended' });
      const cases: [string, string][] = [
        [flow.url({ response_type: undefined }), 'invalid_request'],
        [flow.url({ response_type: 'token' }), 'unsupported_response_type'],
        [flow.url({ response_mode: 'form_post' }), 'invalid_request'],
        [`${flow.url()}&scope=x`, 'invalid_request'],
        [flow.url({ code_challenge: undefined }), 'invalid_request'],
        [
          flow.url({ code_challenge: undefined, code_challenge_method: undefined }),
          'invalid_request',
        ],
        [flow.url({ code_challenge_method: undefined }), 'invalid_request'],
        [flow.url({ code_challenge_method: 'plain' }), 'invalid_request'],
        [flow.url({ code_challenge: 'short' }), 'invalid_request'],
        [flow.url({ scope: 'incidents:read' }), 'invalid_scope'],
        [flow.url({ scope: 'webhooks:write  webhooks:read' }), 'invalid_scope'],
        [flow.url({ scope: 'offline_access' }), 'invalid_scope'],
        [flow.url({ resource: 'https://elsewhere.example' }), 'invalid_target'],
        [flow.url({ request: 'x' }), 'request_not_supported'],
        [flow.url({ request_uri: 'https://x.example' }), 'request_uri_not_supported'],
        [flow.url({ prompt: 'none' }), 'consent_required'],
        [flow.url({ prompt: 'none login' }), 'invalid_request'],
        [flow.url({ prompt: 'create' }), 'invalid_request'],
        [flow.url({ max_age: '-1' }), 'invalid_request'],
        [`${flow.url()}&nonce=%00`, 'invalid_request'],
        [flow.url({}, plain), 'unauthorized_client'],
        [flow.url({}, suspended), 'unauthorized_client'],
      ];
      for (const [path, error] of cases) {
        const answer = await browser.get(path);
        const result = resultOf(answer);
        expect([path, result.get('error'), result.get('iss'), result.get('state')]).toEqual([
          path,
          error,
          issuer,
          's',
        ]);
        expect(String(answer.headers.location)).toMatch(
          /^https:\/\/integrator\.example\/callback\?keep=%2F\+1&/,
        );
        expect(answer.headers['cache-control']).toBe('no-store');
        expect(answer.headers['referrer-policy']).toBe('no-referrer');
      }
    });

    it('[O6] sends nobody on with an error before they have signed in, unless the client asked for silence', async () => {
      const stranger = new Browser(app.public);
      for (const more of [
        { scope: 'incidents:read' },
        { response_type: 'token' },
        { max_age: 'x' },
      ]) {
        const answer = await stranger.get(flow.url(more));
        expect(answer.headers.location).toMatch(/^\/login\?tx=/);
      }
      const quiet = await new Browser(app.public).get(flow.url({ prompt: 'none' }));
      expect(resultOf(quiet).get('error')).toBe('login_required');
      const both = await new Browser(app.public).get(flow.url({ prompt: 'none login' }));
      expect(resultOf(both).get('error')).toBe('invalid_request');
    });

    it('[O54] tells the error after the login, from a page of ours at the end of the form’s redirects', async () => {
      const stranger = new Browser(app.public);
      const login = await stranger.follow(
        await stranger.get(flow.url({ scope: 'incidents:read' })),
      );
      const { email, password } = flow.person;
      const posted = await stranger.submit(login, { email, password });
      const last = await stranger.get(String(posted.headers.location));
      expect([last.status, last.headers.location]).toEqual([200, undefined]);
      const result = resultOf(await stranger.follow(last));
      expect([result.get('error'), result.get('iss'), result.get('state')]).toEqual([
        'invalid_scope',
        issuer,
        's',
      ]);
    });

    it('tells the client of a failure of ours, and a browser without a user shows it as a page', async () => {
      const failures: [Error, string][] = [
        [new Error('something broke'), 'server_error'],
        [new AppError('temporarily_unavailable'), 'temporarily_unavailable'],
      ];
      for (const [failure, error] of failures) {
        const broken = jest.spyOn(app.get(ScopeCatalogue), 'all').mockRejectedValue(failure);
        const result = resultOf(await browser.get(flow.url()));
        expect([result.get('error'), result.get('state')]).toEqual([error, 's']);
        const stranger = await app.public.get(flow.url());
        expect(stranger.headers.location).not.toContain('integrator.example');
        broken.mockRestore();
      }
      expect(app.log()).toContain('something broke');
      const full = jest
        .spyOn(app.get(PageLimits), 'take')
        .mockResolvedValue({ 'Retry-After': '60' });
      const busy = resultOf(await browser.get(flow.url()));
      expect(busy.get('error')).toBe('temporarily_unavailable');
      expect((await app.public.get(flow.url())).status).toBe(429);
      full.mockRestore();
    });

    it('keeps the nonce with the code', async () => {
      await flow.authorize({ nonce: 'n-0S6_WzA2Mj' }, flow.client, browser);
      const rows = await app.get(Database).query('SELECT nonce FROM authorization_code');
      expect(rows).toEqual([{ nonce: 'n-0S6_WzA2Mj' }]);
    });

    it('refuses a state of more than 2048 letters', async () => {
      const answer = await browser.get(flow.url({ state: 'x'.repeat(2_049) }));
      expect(resultOf(answer).get('error')).toBe('invalid_request');
    });

    it('takes a POST for the GET it means', async () => {
      const body = flow.url().split('?')[1] ?? '';
      const answer = await app.public.post('/v1/oauth/authorize', {
        body,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect([answer.status, answer.headers.location]).toEqual([303, flow.url()]);
    });

    it('shows a page where a POST is no form', async () => {
      const answer = await app.public.post('/v1/oauth/authorize', { body: { client_id: 'x' } });
      expect([answer.status, answer.headers['content-type']]).toEqual([
        400,
        'text/html; charset=utf-8',
      ]);
    });
  });
});
