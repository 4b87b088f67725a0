import { randomUUID } from 'node:crypto';
import { FixedClock } from '#libs/testing';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';
import { createClient } from '../support/oauth-client.js';

const issuer = 'https://auth.knogin.com';

describe('private_key_jwt', () => {
  const clock = new FixedClock();
  let app: AuthApp;
  let tenant: TenantUnderTest;
  let clientId: string;
  let pair: Awaited<ReturnType<typeof generateKeyPair>>;

  beforeAll(async () => {
    app = await AuthApp.start({ clock, environment: { RATE_LIMIT_SCALE: '0' } });
    tenant = await app.createTenant();
    pair = await generateKeyPair('ES256', { extractable: true });
    const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'one' }] };
    const client = await createClient(app, tenant.id, {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks,
    });
    clientId = client.id;
  });

  afterAll(() => app.stop());

  const assertion = (claims: JWTPayload = {}, key = pair.privateKey): Promise<string> =>
    new SignJWT({
      iss: clientId,
      sub: clientId,
      aud: issuer,
      jti: randomUUID(),
      iat: clock.seconds(),
      exp: clock.seconds() + 60,
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .sign(key);
  const token = (
    client_assertion: string,
    more: Record<string, string> = {},
  ): ReturnType<typeof app.public.post> =>
    app.public.post('/v1/oauth/token', {
      form: {
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion,
        ...more,
      },
    });

  it('authenticates a client by its registered key', async () => {
    expect((await token(await assertion())).status).toBe(200);
    expect((await token(await assertion(), { client_id: clientId })).status).toBe(200);
  });

  it('[O53] takes every algorithm that the metadata names', async () => {
    const { body } = await app.public.get('/.well-known/oauth-authorization-server');
    const algs = body.token_endpoint_auth_signing_alg_values_supported as string[];
    expect(algs).toEqual(expect.arrayContaining(['EdDSA', 'Ed25519']));
    for (const alg of algs) {
      const keys = await generateKeyPair(alg, { extractable: true });
      const { id } = await createClient(app, tenant.id, {
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one' }] },
      });
      const text = await new SignJWT({ iss: id, sub: id, aud: issuer, jti: randomUUID() })
        .setExpirationTime(clock.seconds() + 60)
        .setProtectedHeader({ alg, kid: 'one' })
        .sign(keys.privateKey);
      expect([alg, (await token(text)).status]).toEqual([alg, 200]);
    }
  });

  it('[O71] takes the issuer alone as audience, as a string', async () => {
    for (const aud of [`${issuer}/v1/oauth/token`, [issuer], `${issuer}/`]) {
      const { status, body } = await token(await assertion({ aud }));
      expect([status, body.error]).toEqual([401, 'invalid_client']);
    }
  });

  it('[O71] takes no assertion twice, fifty at once included', async () => {
    const once = await assertion();
    const answers = await Promise.all(Array.from({ length: 50 }, () => token(once)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await token(once)).status).toBe(401);
  });

  it('refuses what is expired, lives too long, has no jti, is of another key or another client', async () => {
    const stranger = await generateKeyPair('ES256');
    const refused = [
      await assertion({ exp: clock.seconds() - 6 }),
      await assertion({ exp: clock.seconds() + 301 }),
      await assertion({ jti: '' }),
      await assertion({ jti: 7 as unknown as string }),
      await assertion({}, stranger.privateKey),
      await assertion({ iss: 'app_other' }),
      await assertion({ sub: 'app_other' }),
      'nonsense',
    ];
    for (const text of refused) expect((await token(text)).status).toBe(401);
    expect((await token(await assertion(), { client_id: 'app_other' })).status).toBe(401);
    const twice = await token(await assertion(), { client_secret: 'x', client_id: clientId });
    expect([twice.status, twice.body.error]).toEqual([400, 'invalid_request']);
    const type = await token(await assertion(), { client_assertion_type: 'other' });
    expect([type.status, type.body.error]).toEqual([400, 'invalid_request']);
  });

  it('registers no key that proves nothing', async () => {
    const sound = { ...(await exportJWK(pair.publicKey)), kid: 'sound' };
    const off = { ...sound, x: sound.y, y: sound.x, kid: 'off the curve' };
    const { status, body } = await tenant.admin.post('/v1/platform/apps', {
      body: {
        name: 'Weak',
        grant_types: ['client_credentials'],
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [sound, off] },
      },
    });
    expect([status, body.code]).toEqual([422, 'validation_failed']);
    expect(body.errors).toEqual([
      {
        pointer: '/jwks/keys/1',
        code: 'custom',
        message: expect.stringContaining('cannot be read'),
      },
    ]);
  });

  it('refuses a key that an earlier version took, and answers no 500 for it', async () => {
    const { x, y, ...rest } = await exportJWK(pair.publicKey);
    const broken = await createClient(app, tenant.id, {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ ...rest, x: y, y: x, kid: 'one' }] },
    });
    const { status, body } = await token(await assertion({ iss: broken.id, sub: broken.id }));
    expect([status, body.error]).toEqual([401, 'invalid_client']);
    const { status: shown } = await tenant.admin.get(`/v1/platform/apps/${broken.id}`);
    expect(shown).toBe(200);
  });
});
