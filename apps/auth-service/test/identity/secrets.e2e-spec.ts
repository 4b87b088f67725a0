import type { FixedClock } from '#libs/testing';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';

const machine = {
  name: 'Case sync connector',
  grant_types: ['client_credentials'],
  requested_scopes: ['webhooks:write'],
};
const dayMs = 86_400_000;

describe('client secrets', () => {
  let app: AuthApp;
  let clock: FixedClock;
  let tenant: TenantUnderTest;
  let clientId: string;
  let first: string;

  beforeAll(async () => {
    app = await AuthApp.start({ environment: { RATE_LIMIT_SCALE: '0' } });
    clock = app.clock as FixedClock;
  });

  beforeEach(async () => {
    tenant = await app.createTenant();
    const { body } = await tenant.admin.post('/v1/platform/apps', { body: machine });
    clientId = body.client_id;
    first = body.client_secret;
  });

  afterAll(() => app.stop());

  const rotate = (body?: unknown) =>
    tenant.admin.post(`/v1/platform/apps/${clientId}/rotate-secret`, { body });
  const works = async (secret: string): Promise<boolean> => {
    const { status } = await app.public.post('/v1/oauth/token', {
      form: { grant_type: 'client_credentials', client_id: clientId, client_secret: secret },
    });
    return status === 200;
  };

  it('rotate with no body and no Content-Type, answering 200 [O17] [O26]', async () => {
    const { status, headers, body } = await rotate();
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('no-store');
    expect(body).toEqual({
      client_id: clientId,
      client_secret: expect.stringMatching(/^kng_cs_[0-9A-Za-z]{49}$/),
      secret_id: expect.stringMatching(/^sec_/),
      previous: [
        {
          id: expect.stringMatching(/^sec_/),
          expires_at: new Date(clock.now() + dayMs).toISOString(),
        },
      ],
      revoked: [],
    });
  });

  it('of before live on for the overlap and no longer, with no job in between [O23] [O24]', async () => {
    const { body } = await rotate({ overlap_seconds: 60 });
    expect(await works(first)).toBe(true);
    expect(await works(body.client_secret)).toBe(true);
    clock.advance(60_000);
    expect(await works(first)).toBe(false);
    expect(await works(body.client_secret)).toBe(true);
  });

  it('die at once with an overlap of zero', async () => {
    const { body } = await rotate({ overlap_seconds: 0 });
    expect([body.previous, body.revoked]).toEqual([[], [expect.stringMatching(/^sec_/)]]);
    expect(await works(first)).toBe(false);
  });

  it('are two at most: the older dies and is named', async () => {
    const { body: second } = await rotate();
    const { body: third } = await rotate();
    expect(third.revoked).toHaveLength(1);
    expect(third.previous).toEqual([
      { id: second.secret_id, expires_at: new Date(clock.now() + dayMs).toISOString() },
    ]);
    expect(
      await Promise.all([first, second.client_secret, third.client_secret].map(works)),
    ).toEqual([false, true, true]);
  });

  it('stay within the limit when fifty rotations race, each answer a secret of its own [O25]', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => rotate()));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
    const secrets = answers.map(({ body }) => body.client_secret as string);
    expect(new Set(secrets).size).toBe(50);
    const alive = await Promise.all([first, ...secrets].map(works));
    expect(alive.filter(Boolean)).toHaveLength(2);
    // Every secret that died was named by exactly one later rotation.
    const revoked = answers.flatMap(({ body }) => body.revoked as string[]);
    expect(new Set(revoked).size).toBe(49);
  });

  it('end with their greatest age, judged at use [O24]', async () => {
    await tenant.admin.patch(`/v1/platform/apps/${clientId}/governance`, {
      body: { secret_max_age_days: 1 },
    });
    expect(await works(first)).toBe(true);
    clock.advance(dayMs);
    expect(await works(first)).toBe(false);
    clock.advance(-dayMs);
  });

  it('may overlap no longer than the policy says', async () => {
    await tenant.admin.patch(`/v1/platform/apps/${clientId}/governance`, {
      body: { secret_overlap_max_seconds: 60 },
    });
    const { status, body } = await rotate({ overlap_seconds: 61 });
    expect([status, body.code]).toEqual([422, 'validation_failed']);
    const { body: within } = await rotate();
    expect(within.previous[0].expires_at).toBe(new Date(clock.now() + 60_000).toISOString());
  });

  it('are listed by hint and deleted one by one, but for the last', async () => {
    const { body: second } = await rotate();
    const { body: list } = await tenant.admin.get(`/v1/platform/apps/${clientId}/secrets`);
    expect(list.secrets.map(({ hint }: { hint: string }) => hint)).toEqual([
      `…${second.client_secret.slice(-4)}`,
      `…${first.slice(-4)}`,
    ]);
    const remove = (id: string) =>
      tenant.admin.delete(`/v1/platform/apps/${clientId}/secrets/${id}`);
    expect((await remove(list.secrets[1].id)).status).toBe(204);
    expect(await works(first)).toBe(false);
    expect((await remove(list.secrets[1].id)).status).toBe(404);
    const last = await remove(second.secret_id);
    expect([last.status, last.body.code]).toEqual([409, 'last_secret']);
  });

  it('do not exist for a public client', async () => {
    const { body } = await tenant.admin.post('/v1/platform/apps', {
      body: {
        name: 'Single page',
        grant_types: ['authorization_code'],
        redirect_uris: ['https://spa.example.com/cb'],
        token_endpoint_auth_method: 'none',
      },
    });
    expect(body).not.toHaveProperty('client_secret');
    const answer = await tenant.admin.post(`/v1/platform/apps/${body.client_id}/rotate-secret`);
    expect([answer.status, answer.body.code]).toEqual([409, 'app_not_confidential']);
  });
});
