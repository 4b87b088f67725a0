import { FixedClock } from '#libs/testing';
import { AuthApp } from '../support/auth-app.js';
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
        [flow.url({ prompt: 'none' }), 'login_required'],
        [flow.url({ prompt: 'none login' }), 'invalid_request'],
        [flow.url({ prompt: 'create' }), 'invalid_request'],
        [flow.url({ max_age: '-1' }), 'invalid_request'],
        [flow.url({}, plain), 'unauthorized_client'],
        [flow.url({}, suspended), 'unauthorized_client'],
      ];
      for (const [path, error] of cases) {
        const answer = await app.public.get(path);
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

    it('refuses a state of more than 2048 letters', async () => {
      const answer = await app.public.get(flow.url({ state: 'x'.repeat(2_049) }));
      expect(resultOf(answer).get('error')).toBe('invalid_request');
    });

    it('takes a POST for the GET it means', async () => {
      const text = flow.url().split('?')[1] ?? '';
      const answer = await app.public.post('/v1/oauth/authorize', {
        body: text,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect([answer.status, answer.headers.location]).toEqual([303, flow.url()]);
    });
  });
});
