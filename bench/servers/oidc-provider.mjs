// oidc-provider 9 with its memory adapter, issuing JWT access tokens for client credentials.
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

const resource = 'https://api.example';
const algorithms = ['RS256', 'ES256'];
const keys = await Promise.all(
  algorithms.map(async (alg) => ({
    ...(await exportJWK((await generateKeyPair(alg, { extractable: true })).privateKey)),
    alg,
    use: 'sig',
    kid: alg,
  })),
);
const provider = new Provider('http://127.0.0.1', {
  jwks: { keys },
  clients: algorithms.map((alg) => ({
    client_id: alg,
    client_secret: 'kng_cs_0123456789012345678901234567890123456789012',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'client_secret_post',
  })),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      getResourceServerInfo: (_context, _resource, client) => ({
        scope: 'webhooks:write',
        audience: resource,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 3600,
        jwt: { sign: { alg: client.clientId } },
      }),
    },
  },
});
const server = provider.listen(0, '127.0.0.1', () =>
  process.send?.({ ports: { public: server.address().port } }),
);
process.once('SIGTERM', () => process.exit(0));
