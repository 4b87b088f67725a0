import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { Loopback } from './loopback.js';

/** One request as it arrived. */
export interface ReceivedRequest {
  /** From 1, in the order of arrival. */
  readonly number: number;
  readonly path: string;
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** What the receiver does with a request; it has to end the response, or leave it hanging. */
export type Answer = (request: ReceivedRequest, response: ServerResponse) => void | Promise<void>;

/** Answers every request with one status. */
export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_request, response) => {
    response.writeHead(code, headers).end();
  };

/** A webhook receiver of a test: keeps what arrives, and wakes who waits for it. */
export class ReceiverServer {
  readonly requests: ReceivedRequest[] = [];
  answer: Answer = status(204);
  readonly #arrivals = new EventEmitter().setMaxListeners(0);

  private constructor(private readonly loopback: Loopback) {}

  static async start(): Promise<ReceiverServer> {
    const holder: { receiver?: ReceiverServer } = {};
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.once('end', () =>
        holder.receiver?.accept(
          {
            path: request.url ?? '/',
            headers: request.headers,
            rawHeaders: request.rawHeaders,
            body: Buffer.concat(chunks),
          },
          response,
        ),
      );
    });
    const receiver = new ReceiverServer(await Loopback.listen(server));
    holder.receiver = receiver;
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.loopback.port}/hook`;
  }

  /** Connections accepted so far. */
  get connections(): number {
    return this.loopback.connections;
  }

  /** Resolves once so many requests have arrived. */
  async received(count: number): Promise<readonly ReceivedRequest[]> {
    return this.until(() => this.requests.length >= count);
  }

  /** Resolves once the requests so far fulfil a condition, looked at with every arrival. */
  async until(
    condition: (requests: readonly ReceivedRequest[]) => boolean,
  ): Promise<readonly ReceivedRequest[]> {
    while (!condition(this.requests)) await once(this.#arrivals, 'arrival');
    return this.requests;
  }

  close(): Promise<void> {
    return this.loopback.close();
  }

  private accept(request: Omit<ReceivedRequest, 'number'>, response: ServerResponse): void {
    const received = { number: this.requests.length + 1, ...request };
    this.requests.push(received);
    void this.answer(received, response);
    this.#arrivals.emit('arrival');
  }
}
