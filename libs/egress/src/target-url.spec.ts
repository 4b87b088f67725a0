import fc from 'fast-check';
import { BAD_PORTS } from './bad-ports.js';
import { EgressPolicy } from './egress-policy.js';
import { MAX_URL_LENGTH, parseTargetUrl, type TargetUrl, type UrlRefusal } from './target-url.js';

const production = new EgressPolicy({ allowHttp: false, allowCidrs: [] });
const development = new EgressPolicy({ allowHttp: true, allowCidrs: ['127.0.0.0/8', '::1/128'] });

function refusal(url: string, policy = production): UrlRefusal | null {
  const parsed = parseTargetUrl(url, policy);
  return parsed.ok ? null : parsed.reason;
}

function target(url: string, policy = production): TargetUrl {
  const parsed = parseTargetUrl(url, policy);
  if (!parsed.ok) throw new Error(`${url} was refused: ${parsed.reason}`);
  return parsed.target;
}

describe('parseTargetUrl', () => {
  it('takes a URL apart', () => {
    expect(target('https://Hooks.Example.com:8443/in/../a b?x=ü')).toEqual({
      href: 'https://hooks.example.com:8443/a%20b?x=%C3%BC',
      origin: 'https://hooks.example.com:8443',
      secure: true,
      hostname: 'hooks.example.com',
      isAddress: false,
      port: 8443,
      path: '/a%20b?x=%C3%BC',
    });
  });

  it.each([
    ['https://example.com', 'https://example.com/', 443],
    ['HTTPS://EXAMPLE.COM:443/', 'https://example.com/', 443],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/', 443],
    ['https://example.com./', 'https://example.com./', 443],
    ['  https:\\\\example.com\\hook\n', 'https://example.com/hook', 443],
  ])('stores %j as %s', (text, href, port) => {
    expect(target(text)).toMatchObject({ href, port });
  });

  it('resolves and verifies a name without its root dot', () => {
    expect(target('https://example.com./').hostname).toBe('example.com');
  });

  it.each<[UrlRefusal, string]>([
    ['malformed', ''],
    ['malformed', 'example.com/hook'],
    ['malformed', '/hook'],
    ['malformed', 'https://'],
    ['malformed', 'https://exa mple.com'],
    ['malformed', 'https://example.com:99999/'],
    ['malformed', 'https://a..example.com/'],
    ['malformed', 'https://example.com../'],
    ['malformed', 'https://.example.com/'],
    ['scheme', 'http://example.com/'],
    ['scheme', 'ftp://example.com/'],
    ['scheme', 'file:///etc/passwd'],
    ['scheme', 'javascript:alert(1)'],
    ['scheme', 'data:text/plain,x'],
    ['userinfo', 'https://user@example.com/'],
    ['userinfo', 'https://user:password@example.com/'],
    ['userinfo', 'https://example.com%40@evil.example/'],
    ['fragment', 'https://example.com/#top'],
    ['fragment', 'https://example.com/#'],
    ['port', 'https://example.com:0/'],
    ['port', 'https://example.com:25/'],
    ['port', 'https://example.com:6667/'],
    ['ip_literal', 'https://93.184.216.34/'],
    ['ip_literal', 'https://[2606:4700:4700::1111]/'],
    ['ip_literal', 'https://127.0.0.1./'],
    ['ip_literal', 'https://１２７.０.０.１/'],
    ['single_label', 'https://localhost/'],
    ['single_label', 'https://intranet./'],
    ['single_label', 'https://com/'],
    ['reserved_name', 'https://printer.local/'],
    ['reserved_name', 'https://a.b.LOCALHOST/'],
    ['reserved_name', 'https://metadata.google.internal/'],
    ['reserved_name', 'https://metadata.google.internal./'],
    ['reserved_name', 'https://home.arpa/'],
    ['reserved_name', 'https://nas.home.arpa/'],
  ])('refuses, as %s, %j', (reason, url) => {
    expect(refusal(url)).toBe(reason);
  });

  it.each(['https://notlocal.example/', 'https://internal.example.com/', 'https://local.example/'])(
    'is not misled by %s',
    (url) => expect(refusal(url)).toBeNull(),
  );

  it('counts the length before and after serialising', () => {
    const base = 'https://example.com/';
    const longest = base + 'a'.repeat(MAX_URL_LENGTH - base.length);
    expect(refusal(longest)).toBeNull();
    expect(refusal(longest + 'a')).toBe('too_long');
    expect(refusal(base + 'ü'.repeat(MAX_URL_LENGTH / 2))).toBe('too_long');
  });

  it('refuses every port that Fetch refuses', () => {
    expect(BAD_PORTS.size).toBe(83);
    for (const port of BAD_PORTS) expect(refusal(`https://example.com:${port}/`)).toBe('port');
  });

  it('[W35] recognises an IPv4 address in every spelling that the URL parser knows', () => {
    const radix = fc.constantFrom(8, 10, 16);
    fc.assert(
      fc.property(
        fc.tuple(octet, octet, octet, octet),
        fc.integer({ min: 1, max: 4 }),
        fc.tuple(radix, radix, radix, radix),
        (octets, partCount, radices) => {
          const url = `https://${spell(octets, partCount, radices)}/`;
          expect(refusal(url)).toBe('ip_literal');
          expect(new URL(url).hostname).toBe(octets.join('.'));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('[W35] recognises every IPv6 address', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        expect(refusal(`https://[${address}]/`)).toBe('ip_literal');
      }),
    );
  });

  describe('with an allow-list', () => {
    it.each([
      'http://127.0.0.1:8080/hook',
      'https://127.0.0.1/',
      'http://0x7f.1:8080/',
      'http://[::1]:8080/',
      'http://[::ffff:127.0.0.1]:8080/',
      'http://example.com/',
    ])('accepts %s', (url) => expect(refusal(url, development)).toBeNull());

    it.each<[UrlRefusal, string]>([
      ['ip_literal', 'http://10.0.0.1/'],
      ['ip_literal', 'http://93.184.216.34/'],
      ['ip_literal', 'http://[::2]/'],
      ['single_label', 'http://localhost:8080/'],
      ['reserved_name', 'http://app.localhost:8080/'],
      ['userinfo', 'http://user@127.0.0.1:8080/'],
      ['fragment', 'http://127.0.0.1:8080/#a'],
      ['port', 'http://127.0.0.1:22/'],
      ['scheme', 'ftp://127.0.0.1/'],
    ])('exempts from no other rule than the literal one: %s for %s', (reason, url) => {
      expect(refusal(url, development)).toBe(reason);
    });

    it('keeps https for listed addresses unless http is allowed', () => {
      const policy = new EgressPolicy({ allowHttp: false, allowCidrs: ['127.0.0.0/8'] });
      expect(refusal('http://127.0.0.1/', policy)).toBe('scheme');
    });

    it('gives the bare address to connect to', () => {
      expect(target('http://[::1]:8080/', development)).toMatchObject({
        hostname: '::1',
        isAddress: true,
      });
      expect(target('http://0x7f.1:8080/', development)).toMatchObject({
        hostname: '127.0.0.1',
        isAddress: true,
      });
    });
  });
});

const octet = fc.integer({ min: 0, max: 255 });

/** WHATWG URL, "IPv4 parser": one to four parts in any radix, the last part taking all that is left. */
function spell(octets: readonly number[], partCount: number, radices: readonly number[]): string {
  const head = octets.slice(0, partCount - 1);
  const tail = octets.slice(partCount - 1).reduce((value, part) => value * 256 + part, 0);
  return [...head, tail]
    .map((part, index) => {
      const radix = radices[index] ?? 10;
      return (radix === 16 ? '0x' : radix === 8 ? '0' : '') + part.toString(radix);
    })
    .join('.');
}
