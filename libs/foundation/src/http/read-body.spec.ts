import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
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
});
