import type { IncomingMessage } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import tls, { type TLSSocket } from 'node:tls';
import { TestCa, type Loopback } from '#libs/testing';
import type { EgressClient } from '../src/index.js';
import { ALLOWED, EgressFixture, post } from './egress-fixture.js';

describe('EgressClient verifies TLS', () => {
  const ca = new TestCa();
  let fixture: EgressFixture;
  let client: EgressClient;
  let requests: number;

  beforeEach(async () => {
    requests = 0;
    fixture = await EgressFixture.start();
    client = fixture.client({ ca: [ca.cert] });
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await fixture.close();
  });

  function serve(options: ServerOptions): Promise<Loopback> {
    return fixture.listen(
      createServer(options, (request, response) => {
        requests += 1;
        response.end(tlsSocketOf(request).servername);
      }),
    );
  }

  function send(server: Loopback, host = 'hook.example'): ReturnType<typeof post> {
    return post(client, `https://${host}:${server.port}/`);
  }

  it('delivers to the named host', async () => {
    const server = await serve(ca.issue({ hosts: ['hook.example'] }));
    expect(await send(server)).toMatchObject({
      outcome: 'responded',
      remoteAddress: ALLOWED,
      response: { status: 200, body: 'hook.example' },
    });
  });

  it('names the host without its root dot', async () => {
    const server = await serve(ca.issue({ hosts: ['hook.example'] }));
    expect(await send(server, 'hook.example.')).toMatchObject({
      response: { body: 'hook.example' },
    });
  });

  it('delivers to a listed address that the certificate names', async () => {
    const server = await serve(ca.issue({ hosts: [ALLOWED] }));
    expect(await send(server, ALLOWED)).toMatchObject({ outcome: 'responded' });
  });

  it('keeps the connection for the next request', async () => {
    const server = await serve(ca.issue({ hosts: ['hook.example'] }));
    for (let i = 0; i < 5; i++) await send(server);
    expect([requests, server.connections]).toEqual([5, 1]);
  });

  it.each([
    ['another host', ca.issue({ hosts: ['other.example'] }), 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [
      'a wildcard one level up',
      ca.issue({ hosts: ['*.example.com'] }),
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    ['the address only', ca.issue({ hosts: [ALLOWED] }), 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [
      'the past',
      ca.issue({ hosts: ['hook.example'], fromDays: -3, untilDays: -1 }),
      'CERT_HAS_EXPIRED',
    ],
    [
      'the future',
      ca.issue({ hosts: ['hook.example'], fromDays: 1, untilDays: 2 }),
      'CERT_NOT_YET_VALID',
    ],
    [
      'a forged authority',
      new TestCa().issue({ hosts: ['hook.example'] }),
      'CERT_SIGNATURE_FAILURE',
    ],
  ])('[W45] refuses a certificate of %s', async (_, certificate, code) => {
    const server = await serve(certificate);
    expect(await send(server)).toMatchObject({ outcome: 'failed', error: 'tls_error', code });
    expect(requests).toBe(0);
  });

  it('[W45] refuses a self-signed certificate', async () => {
    const server = await serve(new TestCa().selfSigned({ hosts: ['hook.example'] }));
    expect(await send(server)).toMatchObject({
      error: 'tls_error',
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    expect(requests).toBe(0);
  });

  it('[W45] trusts no private authority unless told to', async () => {
    client = fixture.client();
    const server = await serve(ca.issue({ hosts: ['hook.example'] }));
    expect(await send(server)).toMatchObject({
      error: 'tls_error',
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
  });

  it('[W45] demands verification aloud, so that NODE_TLS_REJECT_UNAUTHORIZED changes nothing', async () => {
    const connect = jest.spyOn(tls, 'connect');
    const server = await serve(ca.issue({ hosts: ['hook.example'] }));
    await send(server);
    expect(connect).toHaveBeenCalledWith(expect.objectContaining({ rejectUnauthorized: true }));
  });

  it.each(['TLSv1.1', 'TLSv1'] as const)('[W45] does not speak %s', async (version) => {
    const server = await serve({
      ...ca.issue({ hosts: ['hook.example'] }),
      minVersion: version,
      maxVersion: version,
      ciphers: 'DEFAULT:@SECLEVEL=0',
    });
    expect(await send(server)).toMatchObject({ error: 'tls_error' });
    expect(requests).toBe(0);
  });

  it('[W45] verifies every new connection in full, resuming no session', async () => {
    const reused: boolean[] = [];
    const options = ca.issue({ hosts: ['hook.example'] });
    const server = await fixture.listen(
      createServer(options, (request, response) => {
        reused.push(tlsSocketOf(request).isSessionReused());
        response.writeHead(200, { connection: 'close' }).end();
      }),
    );
    for (let i = 0; i < 3; i++) await send(server);
    expect(reused).toEqual([false, false, false]);
  });

  it('reports plain HTTP on a TLS port as tls_error', async () => {
    const server = await fixture.tcp((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await send(server)).toMatchObject({ outcome: 'failed', error: 'tls_error' });
  });

  it('reports a hang-up during the handshake as connection_reset', async () => {
    const server = await fixture.tcp((socket) => socket.once('data', () => socket.destroy()));
    expect(await send(server)).toMatchObject({ outcome: 'failed', error: 'connection_reset' });
  });

  it('reports a receiver that demands a client certificate as tls_error', async () => {
    const server = await serve({
      ...ca.issue({ hosts: ['hook.example'] }),
      requestCert: true,
      rejectUnauthorized: true,
      ca: ca.cert,
    });
    const result = await send(server);
    expect(result).toMatchObject({ outcome: 'failed', error: 'tls_error' });
    expect(requests).toBe(0);
  });
});

/** What node:https hands to its listeners; its types speak of a plain socket. */
function tlsSocketOf(request: IncomingMessage): TLSSocket & { servername: string } {
  return request.socket as unknown as TLSSocket & { servername: string };
}
