import { once } from 'node:events';
import { createServer, type IncomingMessage, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { readBody } from './read-body.js';

describe('readBody', () => {
  it('waits for nothing where no body was announced', async () => {
    // As in the listeners: no stream events for such a request.
    const options = { requestTimeout: 30_000, optimizeEmptyRequests: true };
    const server = createServer(options, (request, response) => {
      void readBody(request, 10).then((body) => response.end(`${body.length} bytes`));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const outgoing = send({ port, method: 'DELETE' }).end();
    const [answer] = (await once(outgoing, 'response')) as [AsyncIterable<Buffer>];
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk);
    server.close();
    expect(Buffer.concat(chunks).toString()).toBe('0 bytes');
  });

  it.each([
    ['in one piece', ['0123456789']],
    ['in pieces', ['01', '2345', '6789']],
  ])('reads a body that comes %s', async (_how, pieces) => {
    expect((await readBody(incoming(pieces), 10)).toString()).toBe('0123456789');
  });

  it('refuses a body that grows past the limit', async () => {
    const body = readBody(incoming(['01234', '56789', 'x']), 10);
    await expect(body).rejects.toMatchObject({ code: 'payload_too_large' });
  });

  it('takes a body that is cut off for the mistake of who sent it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const outgoing = send({ port, method: 'POST', headers: { 'content-length': 10 } });
    outgoing.on('error', () => undefined).write('01234');
    const [request] = (await once(server, 'request')) as [IncomingMessage];
    const body = readBody(request, 10);
    outgoing.destroy();
    await expect(body).rejects.toMatchObject({ code: 'invalid_request' });
    server.close();
  });
});

/** A request without a length, whose body comes in these pieces. */
function incoming(pieces: readonly string[]): IncomingMessage {
  const headers = { 'transfer-encoding': 'chunked' };
  return Object.assign(Readable.from(pieces.map((piece) => Buffer.from(piece))), {
    headers,
  }) as unknown as IncomingMessage;
}
