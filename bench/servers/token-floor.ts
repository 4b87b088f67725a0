// The least a token endpoint can do: plain node:http, one digest, one signature; with FLOOR_DATABASE_URL one read.
import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';

const databaseUrl = process.env.FLOOR_DATABASE_URL;
const pool = databaseUrl ? new pg.Pool({ connectionString: databaseUrl, max: 20 }) : undefined;
const clientId = process.env.FLOOR_CLIENT_ID ?? '';
const pepper = Buffer.alloc(32, 1);
const keys: Record<string, KeyObject> = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
};
const base64url = (value: unknown): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url');

async function issue(form: URLSearchParams, alg: string): Promise<string> {
  createHmac('sha256', pepper)
    .update(form.get('client_secret') ?? '')
    .digest();
  await pool?.query({
    name: 'read',
    text: 'SELECT * FROM platform_app WHERE id = $1',
    values: [clientId],
  });
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'https://auth.example',
    sub: form.get('client_id'),
    client_id: form.get('client_id'),
    aud: 'https://api.example',
    scope: form.get('scope'),
    iat: now,
    exp: now + 3600,
    jti: randomUUID(),
  };
  const text = `${base64url({ alg, kid: 'floor', typ: 'at+jwt' })}.${base64url(claims)}`;
  const key = keys[alg];
  if (!key) throw new Error(`no key for ${alg}`);
  const signature = await new Promise<Buffer>((resolve, reject) =>
    sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }, (error, bytes) =>
      error ? reject(error) : resolve(bytes),
    ),
  );
  return `${text}.${signature.toString('base64url')}`;
}

const jwks = Buffer.from(JSON.stringify({ keys: [] }));
/** What our answers must carry beside the ETag (identity-oauth-jwks.md sections 0 and 9). */
const requiredHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'public, max-age=300, stale-while-revalidate=60, stale-if-error=86400',
  'Access-Control-Allow-Origin': '*',
  Vary: 'Accept',
};

/** With the tag `"same-headers"`, the headers and the request id that ours carries as well. */
function answerJwks(etag: string | undefined, response: http.ServerResponse): void {
  const isSame = etag === '"same-headers"';
  const notModified = isSame || etag === '"floor"';
  const id = isSame ? { 'X-Request-Id': randomUUID(), ...requiredHeaders } : {};
  response.writeHead(notModified ? 304 : 200, { ETag: etag ?? '"floor"', ...id });
  response.end(notModified ? undefined : jwks);
}

const server = http.createServer((request, response) => {
  if (request.method === 'GET') {
    answerJwks(request.headers['if-none-match'], response);
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    void issue(form, (request.url ?? '').slice(1)).then((token) => {
      const body = JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 3600 });
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
      });
      response.end(body);
    });
  });
});
server.listen(0, '127.0.0.1', () =>
  process.send?.({ ports: { public: (server.address() as AddressInfo).port } }),
);
process.once('SIGTERM', () => process.exit(0));
