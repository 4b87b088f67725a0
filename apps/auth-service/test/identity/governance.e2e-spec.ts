import type { FixedClock } from '#libs/testing';
import { RevocationFeed } from '#libs/guards';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';

const machine = {
  name: 'Case sync connector',
  grant_types: ['client_credentials'],
  requested_scopes: ['webhooks:write'],
};

describe('governance', () => {
  let app: AuthApp;
  let tenant: TenantUnderTest;
  let clientId: string;
  let clientSecret: string;

  beforeAll(async () => {
    app = await AuthApp.start();
  });

  beforeEach(async () => {
    tenant = await app.createTenant();
    const { body } = await tenant.admin.post('/v1/platform/apps', { body: machine });
    clientId = body.client_id;
    clientSecret = body.client_secret;
  });

  afterAll(() => app.stop());

  const patch = (body: unknown, headers = {}) =>
    tenant.admin.patch(`/v1/platform/apps/${clientId}/governance`, { body, headers });

  const token = async (): Promise<string> => {
    const { body } = await app.public.post('/v1/oauth/token', {
      form: { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret },
    });
    return body.access_token;
  };

  it('merges: what is absent stays, null resets [O65]', async () => {
    const first = await patch({ allow_service_tokens: false, access_token_ttl_seconds: 600 });
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({
      client_id: clientId,
      governance: {
        allow_service_tokens: false,
        enforce_pkce: true,
        access_token_ttl_seconds: 600,
      },
    });
    const second = await patch({ access_token_ttl_seconds: null });
    expect(second.body.governance).toMatchObject({
      allow_service_tokens: false,
      access_token_ttl_seconds: 3600,
    });
    expect((await tenant.admin.get(`/v1/platform/apps/${clientId}`)).body.governance).toEqual(
      second.body.governance,
    );
  });

  it('refuses a flag that does not exist [O63]', async () => {
    const { status, body } = await patch({ enforce_pcke: true });
    expect([status, body.code]).toEqual([422, 'unknown_governance_flag']);
    expect(body.errors[0].pointer).toBe('/enforce_pcke');
  });

  it('coerces nothing: a string is no boolean [O65]', async () => {
    for (const body of [
      { enforce_pkce: 'false' },
      { access_token_ttl_seconds: '600' },
      { access_token_ttl_seconds: 59 },
      { allowed_cidrs: ['10.0.0.0'] },
      { allowed_cidrs: ['010.0.0.0/8'] },
      { allowed_redirect_hosts: ['https://example.com/'] },
      { signing_alg: 'HS256' },
      { require_par: true },
      { require_dpop: true },
      { require_signed_client_assertion: true },
      { allowed_redirect_hosts: ['*.example.com'] },
      { allowed_events: ['incident.no_such_event'] },
      JSON.parse('{"__proto__":{"enforce_pkce":false}}'),
      [],
    ]) {
      const answer = await patch(body);
      expect([answer.status, answer.body.code]).toEqual([422, 'validation_failed']);
    }
  });

  it('takes every flag of the table', async () => {
    const flags = {
      allow_service_tokens: true,
      enforce_pkce: true,
      allowed_redirect_hosts: ['app.example.com'],
      allow_loopback_redirects: true,
      allowed_grant_types: ['client_credentials'],
      allowed_auth_methods: ['client_secret_post'],
      allowed_cidrs: ['10.0.0.0/8', '2001:db8::/32', '127.0.0.0/8'],
      access_token_ttl_seconds: 60,
      service_token_max_ttl_seconds: 300,
      refresh_token_max_age_seconds: 86_400,
      refresh_token_idle_seconds: 3_600,
      secret_max_age_days: 90,
      secret_overlap_max_seconds: 3_600,
      max_live_secrets: 3,
      require_par: false,
      require_dpop: false,
      require_signed_client_assertion: false,
      consent: 'always',
      token_quota_per_hour: 100,
      token_quota_per_day: 1_000,
      rate_limit_rps: 50,
      rate_limit_mode: 'monitor',
      signing_alg: 'ES256',
      allowed_events: ['incident.updated'],
      status: 'suspended',
    };
    const { status, body } = await patch(flags);
    expect(status).toBe(200);
    expect(body.governance).toEqual(flags);
  });

  it('writes an IPv4-mapped block as the IPv4 block it is [O62]', async () => {
    const { body } = await patch({ allowed_cidrs: ['::ffff:10.0.0.0/104'] });
    expect(body.governance.allowed_cidrs).toEqual(['10.0.0.0/8']);
  });

  it('needs the current version where If-Match names one', async () => {
    const { headers } = await patch({ enforce_pkce: true }, { 'if-match': '"1"' });
    expect(headers.etag).toBe('"2"');
    const stale = await patch({ enforce_pkce: true }, { 'if-match': '"1"' });
    expect([stale.status, stale.body.code]).toEqual([412, 'etag_mismatch']);
  });

  it('suspends: tokens already issued are dead, new ones are refused [O68]', async () => {
    const accessToken = await token();
    const use = () => app.public.get('/v1/platform/apps', { token: accessToken });
    expect((await use()).body.code).toBe('insufficient_scope');
    (app.clock as FixedClock).advance(1_000);
    await patch({ status: 'suspended' });
    await app.get(RevocationFeed).refresh();
    const dead = await use();
    expect([dead.status, dead.body.code]).toEqual([401, 'token_revoked']);
    const refused = await app.public.post('/v1/oauth/token', {
      form: { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret },
    });
    expect([refused.status, refused.body.error]).toEqual([400, 'unauthorized_client']);
  });

  it('loses no update when fifty arrive at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        patch(
          n % 2 === 0
            ? { access_token_ttl_seconds: 600 + n }
            : { service_token_max_ttl_seconds: 600 + n },
        ),
      ),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const versions = answers.map(({ headers }) => Number(String(headers.etag).slice(1, -1)));
    expect(new Set(versions).size).toBe(50);
    const last = answers.find((_, n) => versions[n] === 51);
    const { body } = await tenant.admin.get(`/v1/platform/apps/${clientId}`);
    expect(body.governance).toEqual(last?.body.governance);
  });

  it('is closed to another tenant and to callers without the role admin', async () => {
    const other = await app.createTenant();
    const foreign = await other.admin.patch(`/v1/platform/apps/${clientId}/governance`, {
      body: { enforce_pkce: true },
    });
    expect([foreign.status, foreign.body.code]).toEqual([404, 'not_found']);
  });
});
