import { promises as dns } from 'node:dns';
import { DnsServer } from './dns-server.js';

describe('DnsServer', () => {
  let server: DnsServer;
  let resolver: dns.Resolver;

  beforeEach(async () => {
    server = await DnsServer.start();
    resolver = new dns.Resolver({ timeout: 100, tries: 1 });
    resolver.setServers([server.address]);
  });

  afterEach(() => server.close());

  it('answers each family with its addresses', async () => {
    server.answer('a.example', ['192.0.2.1', '2001:db8::1', '192.0.2.2']);
    expect(await resolver.resolve4('a.example')).toEqual(['192.0.2.1', '192.0.2.2']);
    expect(await resolver.resolve6('a.example')).toEqual(['2001:db8::1']);
    expect(server.queries).toEqual([
      { name: 'a.example', type: 'A' },
      { name: 'a.example', type: 'AAAA' },
    ]);
  });

  it('answers from its script and stays at the last line', async () => {
    server.answer('a.example', ['192.0.2.1'], ['127.0.0.1']);
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push(await resolver.resolve4('a.example'));
    expect(answers).toEqual([['192.0.2.1'], ['127.0.0.1'], ['127.0.0.1']]);
  });

  it('fails as it is told', async () => {
    server.answer('broken.example', 'SERVFAIL');
    server.answer('silent.example', 'silence');
    const codes = await Promise.all(
      ['none.example', 'broken.example', 'silent.example'].map((name) =>
        resolver.resolve4(name).catch((error: unknown) => (error as NodeJS.ErrnoException).code),
      ),
    );
    expect(codes).toEqual(['ENOTFOUND', 'ESERVFAIL', 'ETIMEOUT']);
  });
});
