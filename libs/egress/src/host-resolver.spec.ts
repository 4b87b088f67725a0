import { DnsServer } from '#libs/testing';
import { DnsHostResolver } from './host-resolver.js';

describe('DnsHostResolver', () => {
  let server: DnsServer;
  let resolver: DnsHostResolver;

  beforeEach(async () => {
    server = await DnsServer.start();
    resolver = new DnsHostResolver([server.address]);
  });

  afterEach(async () => {
    resolver.close();
    await server.close();
  });

  it('gives the addresses of both families', async () => {
    server.answer('a.example', ['192.0.2.1', '2001:db8::1', '192.0.2.2']);
    expect(await resolver.resolve('a.example')).toEqual([
      { address: '192.0.2.1', family: 4 },
      { address: '192.0.2.2', family: 4 },
      { address: '2001:db8::1', family: 6 },
    ]);
  });

  it('gives those of one family where the other has none', async () => {
    server.answer('v6.example', ['2001:db8::1']);
    expect(await resolver.resolve('v6.example')).toEqual([{ address: '2001:db8::1', family: 6 }]);
  });

  it.each(['NXDOMAIN', 'SERVFAIL'] as const)('rejects on %s', async (answer) => {
    server.answer('a.example', answer);
    await expect(resolver.resolve('a.example')).rejects.toMatchObject({
      code: answer === 'NXDOMAIN' ? 'ENOTFOUND' : 'ESERVFAIL',
    });
  });

  it('asks once for simultaneous questions and anew for later ones', async () => {
    server.answer('a.example', ['192.0.2.1'], ['192.0.2.2']);
    const [first, second] = await Promise.all([
      resolver.resolve('a.example'),
      resolver.resolve('a.example'),
    ]);
    expect(second).toBe(first);
    expect(await resolver.resolve('a.example')).toEqual([{ address: '192.0.2.2', family: 4 }]);
    expect(server.queries).toHaveLength(4);
  });

  it('[W35] knows neither the hosts file nor search domains', async () => {
    await expect(resolver.resolve('localhost')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    expect(new Set(server.queries.map(({ name }) => name))).toEqual(new Set(['localhost']));
  });

  it('drops pending questions when closed', async () => {
    server.answer('a.example', 'silence');
    const answer = resolver.resolve('a.example');
    resolver.close();
    await expect(answer).rejects.toMatchObject({ code: 'ECANCELLED' });
  });
});
