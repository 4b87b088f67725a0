import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A listening server of a test, of whatever protocol, on a free port. */
export class Loopback {
  /** How many connections were accepted so far. */
  connections = 0;
  readonly #sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      // A client that hangs up is what many tests are about.
      socket.on('error', () => undefined);
    });
  }

  /** @param server of node:net, node:tls, node:http or node:https, not listening yet */
  static async listen(server: Server, host = '127.0.0.1'): Promise<Loopback> {
    const loopback = new Loopback(server);
    server.listen(0, host);
    await once(server, 'listening');
    return loopback;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Connections still open. */
  get open(): number {
    return this.#sockets.size;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
