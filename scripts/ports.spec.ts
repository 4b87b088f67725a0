import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { choosePorts } from './ports.ts';

const any = { host: '127.0.0.1', port: 0, variable: 'AUTH_PORT' };

describe('choosePorts', () => {
  it('picks a different free port for every 0', async () => {
    const ports = await choosePorts([any, any, any]);

    expect(new Set(ports).size).toBe(3);
    expect(ports).not.toContain(0);
  });

  it('names the variable of a port that is taken', async () => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;

    await expect(choosePorts([any, { ...any, port, variable: 'GATEWAY_PORT' }])).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is taken by another process: set GATEWAY_PORT to a free port, or to 0 to have one picked.`,
    );

    other.close();
  });

  it('refuses the same port twice', async () => {
    const [port = 0] = await choosePorts([any]);

    await expect(
      choosePorts([
        { ...any, port },
        { ...any, port },
      ]),
    ).rejects.toThrow('is taken');
  });
});
