import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { reasonOf, StartError } from './start-error.ts';

export interface PortRequest {
  readonly host: string;
  /** 0 asks for any free port. */
  readonly port: number;
  /** The environment variable that sets it, for the sentence when it is taken. */
  readonly variable: string;
}

/**
 * The real number of every port asked for, in order. All are bound at once and let go again, so they are free and
 * all different. Throws a `StartError` for one that is taken.
 */
export async function choosePorts(requests: readonly PortRequest[]): Promise<number[]> {
  const servers: net.Server[] = [];
  try {
    for (const request of requests) servers.push(await bind(request));
    return servers.map((server) => (server.address() as AddressInfo).port);
  } finally {
    await Promise.all(servers.map((server) => once(server.close(), 'close')));
  }
}

export async function freePort(): Promise<number> {
  const [port] = await choosePorts([{ host: '127.0.0.1', port: 0, variable: '' }]);
  return port ?? 0;
}

async function bind({ host, port, variable }: PortRequest): Promise<net.Server> {
  const server = net.createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return server;
  } catch (error) {
    const taken = reasonOf(error) === 'EADDRINUSE';
    throw new StartError(
      `Port ${port} on ${host} ${taken ? 'is taken by another process' : `cannot be bound (${reasonOf(error)})`}: set ${variable} to a free port, or to 0 to have one picked.`,
    );
  }
}
