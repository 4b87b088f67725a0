import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SystemClock } from '#libs/foundation';
import { ApiClient } from '#libs/testing';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { AuthApp, type TenantUnderTest } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { type ClientUnderTest, createClient } from '../support/oauth-client.js';
import { enrol, type PersonUnderTest } from '../support/people.js';

const redirectUri = 'https://integrator.example/callback';
const resource = 'https://api.knogin.com';

// eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so that nobody uses it in earnest; this is loopback
const insecure = { [oauth.allowInsecureRequests]: true };
// eslint-disable-next-line @typescript-eslint/no-deprecated -- likewise
const execute = [openid.allowInsecureRequests];

/** Independent clients that hold us to the specifications. They read the real time and the real metadata. */
describe('independent OAuth clients', () => {
  let app: AuthApp;
  let issuer: URL;
  let tenant: TenantUnderTest;
  let person: PersonUnderTest;
  let client: ClientUnderTest;

  beforeAll(async () => {
    const port = await freePort();
    issuer = new URL(`http://127.0.0.1:${port}`);
    app = await AuthApp.start({
      clock: new SystemClock(),
      environment: { AUTH_PORT: String(port), AUTH_ISSUER: issuer.origin, RATE_LIMIT_SCALE: '0' },
    });
    tenant = await app.createTenant();
    person = await enrol(app, tenant, 'anna@example.com');
    client = await createClient(app, tenant.id, {
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      redirect_uris: [redirectUri],
      approved_scopes: ['webhooks:read', 'webhooks:write'],
    });
  });

  afterAll(() => app.stop());

  /** The person's part: opens the URL, signs in, allows. @returns where the browser is sent */
  const consent = async (url: URL): Promise<URL> => {
    const browser = new Browser(new ApiClient(url.origin));
    const login = await browser.follow(await browser.get(url.pathname + url.search));
    const page = await browser.signIn(login, person.email, person.password);
    const done = await browser.follow(await browser.submit(page, { decision: 'allow' }));
    return new URL(String(done.headers.location));
  };

  it('oauth4webapi drives the whole flow and validates our access token', async () => {
    const discovery = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' });
    const as = await oauth.processDiscoveryResponse(issuer, discovery);
    const registered: oauth.Client = { client_id: client.id };
    const authentication = oauth.ClientSecretBasic(client.secret);
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const url = new URL(String(as.authorization_endpoint));
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: client.id,
      redirect_uri: redirectUri,
      scope: 'webhooks:write offline_access',
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }).toString();
    const parameters = oauth.validateAuthResponse(as, registered, await consent(url), state);
    const answer = await oauth.authorizationCodeGrantRequest(
      as,
      registered,
      authentication,
      parameters,
      redirectUri,
      verifier,
      insecure,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(as, registered, answer);
    expect(tokens.scope).toBe('offline_access webhooks:write');

    const call = new Request(`${resource}/graphql`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    const claims = await oauth.validateJwtAccessToken(as, call, resource, insecure);
    expect(claims).toMatchObject({ sub: person.id, client_id: client.id, tenant_id: tenant.id });

    const refreshed = await oauth.processRefreshTokenResponse(
      as,
      registered,
      await oauth.refreshTokenGrantRequest(
        as,
        registered,
        authentication,
        String(tokens.refresh_token),
        insecure,
      ),
    );
    expect(refreshed.refresh_token).not.toBe(tokens.refresh_token);
    const revoked = await oauth.revocationRequest(
      as,
      registered,
      authentication,
      String(refreshed.refresh_token),
      insecure,
    );
    await oauth.processRevocationResponse(revoked);
    const dead = await oauth.refreshTokenGrantRequest(
      as,
      registered,
      authentication,
      String(refreshed.refresh_token),
      insecure,
    );
    await expect(oauth.processRefreshTokenResponse(as, registered, dead)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('oauth4webapi gets and validates a machine token, for every algorithm', async () => {
    for (const alg of ['RS256', 'ES256', 'EdDSA']) {
      const machine = await createClient(app, tenant.id, { governance: { signing_alg: alg } });
      const as: oauth.AuthorizationServer = (
        await app.public.get('/.well-known/oauth-authorization-server')
      ).body;
      const registered = { client_id: machine.id };
      const authentication = oauth.ClientSecretPost(machine.secret);
      const answer = await oauth.clientCredentialsGrantRequest(
        as,
        registered,
        authentication,
        { scope: 'webhooks:write', resource },
        insecure,
      );
      const { access_token } = await oauth.processClientCredentialsResponse(as, registered, answer);
      const call = new Request(`${resource}/graphql`, {
        headers: { authorization: `Bearer ${access_token}` },
      });
      const signingAlgorithms = { signingAlgorithms: [alg === 'EdDSA' ? 'Ed25519' : alg, alg] };
      const claims = await oauth.validateJwtAccessToken(as, call, resource, {
        ...insecure,
        ...signingAlgorithms,
      });
      expect(claims.aud).toBe(resource);
    }
  });

  it('openid-client discovers, authorizes, refreshes, introspects and revokes', async () => {
    const config = await openid.discovery(issuer, client.id, client.secret, undefined, {
      execute,
      algorithm: 'oauth2',
    });
    const pkceCodeVerifier = openid.randomPKCECodeVerifier();
    const expectedState = openid.randomState();
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: 'webhooks:read offline_access',
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
    });
    const tokens = await openid.authorizationCodeGrant(config, await consent(url), {
      pkceCodeVerifier,
      expectedState,
    });
    expect(tokens.token_type.toLowerCase()).toBe('bearer');
    const refreshed = await openid.refreshTokenGrant(config, String(tokens.refresh_token));
    expect(refreshed.scope).toBe('offline_access webhooks:read');
    await openid.tokenRevocation(config, refreshed.access_token);

    const operator = await app.asOperator();
    const { body: server } = await operator.post('/v1/resource-servers', {
      body: { name: 'archive', resource },
    });
    const archive = await openid.discovery(issuer, server.id, server.secret, undefined, {
      execute,
      algorithm: 'oauth2',
    });
    expect(await openid.tokenIntrospection(archive, refreshed.access_token)).toEqual({
      active: false,
    });
    expect((await openid.tokenIntrospection(archive, tokens.access_token)).active).toBe(true);
    const machine = await openid.clientCredentialsGrant(config, { scope: 'webhooks:write' });
    expect(machine.refresh_token).toBeUndefined();
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
