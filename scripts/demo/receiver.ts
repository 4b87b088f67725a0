import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly headers: http.IncomingHttpHeaders;
  /** The bytes as sent: a signature is over these. */
  readonly body: string;
}

/** An integrator's endpoint on the loopback: answers 204 and keeps what came. */
export class Receiver {
  readonly #server: http.Server;
  readonly #waiting = Promise.withResolvers<Received>();

  private constructor() {
    this.#server = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.writeHead(204).end();
        this.#waiting.resolve({
          headers: request.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/webhooks/argus`;
  }

  /** The first request that arrived. Rejects when none has come in time. */
  async first(withinMs: number): Promise<Received> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new Error(`nothing arrived in ${withinMs} ms`)),
      withinMs,
    );
    try {
      return await Promise.race([this.#waiting.promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
