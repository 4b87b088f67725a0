import { connect, createServer, type Socket } from 'node:net';
import { Loopback } from './loopback.js';

/** Everything in between an app and its PostgreSQL. */
export class Cable {
  private readonly sockets = new Set<Socket>();

  private constructor(
    /** Of the database, through the cable. */
    readonly url: string,
    private readonly loopback: Loopback,
  ) {}

  static async to(databaseUrl: string): Promise<Cable> {
    const target = new URL(databaseUrl);
    const server = createServer();
    const loopback = await Loopback.listen(server);
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${loopback.port}`;
    const cable = new Cable(url.href, loopback);
    server.on('connection', (socket) => cable.join(socket, target));
    return cable;
  }

  /** What is connected now hears nothing more, not even an end: as behind a firewall that forgot it. */
  hush(): void {
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  async cut(): Promise<void> {
    await this.loopback.close();
  }

  private join(socket: Socket, target: URL): void {
    const upstream = connect(Number(target.port), target.hostname);
    socket.pipe(upstream).pipe(socket);
    for (const end of [socket, upstream]) {
      this.sockets.add(end);
      end.on('error', () => undefined);
      end.once('close', () => {
        this.sockets.delete(end);
        socket.destroy();
        upstream.destroy();
      });
    }
  }
}
