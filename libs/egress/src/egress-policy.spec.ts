import { BlockList, isIPv6 } from 'node:net';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { EgressPolicy } from './egress-policy.js';

/** IANA's special-purpose registries (RFC 6890 and after), typed in anew: the oracle must not be ipaddr.js. */
const SPECIAL_V4 =
  `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
  192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15
  198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4`.split(/\s+/);
/** Within 2000::/3; everything outside it is not global unicast. */
const SPECIAL_V6 = '2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20'.split(' ');

const closed = new EgressPolicy({ allowHttp: false, allowCidrs: [] });

function blockList(blocks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) {
    const [network = '', bits] = block.split('/');
    list.addSubnet(network, Number(bits), isIPv6(network) ? 'ipv6' : 'ipv4');
  }
  return list;
}

const octet = fc.integer({ min: 0, max: 255 });
const group = fc.integer({ min: 0, max: 0xffff });
const anyV4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'));
const anyV6 = fc
  .array(group, { minLength: 8, maxLength: 8 })
  .map((groups) => groups.map((part) => part.toString(16)).join(':'));

/** An address of one of the blocks: random draws alone would seldom hit a /48. */
function within(blocks: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...blocks), fc.uint8Array({ minLength: 16, maxLength: 16 }))
    .map(([block, noise]) => {
      const [network, bits] = ipaddr.parseCIDR(block);
      const bytes = network.toByteArray().map((byte, index) => {
        const fixed = Math.max(0, Math.min(8, bits - index * 8));
        const mask = (0xff00 >> fixed) & 0xff;
        return (byte & mask) | ((noise[index] ?? 0) & ~mask & 0xff);
      });
      return ipaddr.fromByteArray(bytes).toString();
    });
}

const embedV4: Record<string, (hex: string) => string> = {
  mapped: (hex) => `::ffff:${hex}`,
  compatible: (hex) => `::${hex}`,
  translated: (hex) => `::ffff:0:${hex}`,
  NAT64: (hex) => `64:ff9b::${hex}`,
  'local NAT64': (hex) => `64:ff9b:1::${hex}`,
  '6to4': (hex) => `2002:${hex}::1`,
  Teredo: (hex) => `2001:0:${hex}::1`,
};

describe('EgressPolicy', () => {
  it('[W38] permits exactly the IPv4 addresses that no special-purpose block holds', () => {
    const special = blockList(SPECIAL_V4);
    fc.assert(
      fc.property(fc.oneof(anyV4, within(SPECIAL_V4)), (address) => {
        expect(closed.permits(address)).toBe(!special.check(address, 'ipv4'));
      }),
      { numRuns: 2_000 },
    );
  });

  it('[W38] permits exactly the IPv6 addresses of 2000::/3 that no special-purpose block holds', () => {
    const special = blockList(SPECIAL_V6);
    const delegated = blockList(['2000::/3']);
    fc.assert(
      fc.property(fc.oneof(anyV6, within(['2000::/3']), within(SPECIAL_V6)), (address) => {
        const isGlobal = delegated.check(address, 'ipv6') && !special.check(address, 'ipv6');
        expect(closed.permits(address)).toBe(isGlobal);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(Object.entries(embedV4))('[W38] forbids every %s form of an IPv4 address', (_, embed) => {
    fc.assert(
      fc.property(group, group, (high, low) => {
        expect(closed.permits(embed(`${high.toString(16)}:${low.toString(16)}`))).toBe(false);
      }),
    );
  });

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.31.255.255',
    '192.168.1.1',
    '198.19.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:169.254.169.254',
    '64:ff9b::a00:1',
    '100::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '5f00::1',
  ])('[W38] forbids %s', (address) => {
    expect(closed.permits(address)).toBe(false);
  });

  it.each(['1.1.1.1', '93.184.216.34', '2606:4700:4700::1111', '2a00:1450:4001::200e'])(
    'permits %s',
    (address) => {
      expect(closed.permits(address)).toBe(true);
    },
  );

  it.each([
    '',
    'localhost',
    '127.1',
    '0x7f.0.0.1',
    '2130706433',
    '1.1.1.1 ',
    '[::1]',
    '1.1.1.1:80',
  ])('takes "%s" for no address', (text) => {
    const open = new EgressPolicy({ allowHttp: false, allowCidrs: ['0.0.0.0/0', '::/0'] });
    expect(open.permits(text)).toBe(false);
    expect(open.lists(text)).toBe(false);
  });

  describe('with an allow-list', () => {
    const policy = new EgressPolicy({
      allowHttp: false,
      allowCidrs: ['10.1.0.0/16', 'fd00:1::/32'],
    });

    it.each(['10.1.0.0', '10.1.255.255', '::ffff:10.1.2.3', 'fd00:1:ffff::1'])(
      'permits %s',
      (address) => {
        expect(policy.permits(address)).toBe(true);
        expect(policy.lists(address)).toBe(true);
      },
    );

    it.each([
      '10.0.255.255',
      '10.2.0.0',
      '::ffff:10.2.0.0',
      '::10.1.2.3',
      'fd00:2::1',
      '127.0.0.1',
    ])('still forbids %s', (address) => {
      expect(policy.permits(address)).toBe(false);
      expect(policy.lists(address)).toBe(false);
    });

    it('does not list a public address', () => {
      expect(policy.permits('1.1.1.1')).toBe(true);
      expect(policy.lists('1.1.1.1')).toBe(false);
    });
  });

  it.each([
    '10.1.0.0',
    '10.1/16',
    '10.1.0.0/33',
    '0x0a.0.0.0/8',
    'fd00::/129',
    'internal',
    '/8',
    '',
  ])('refuses the entry "%s" by name', (entry) => {
    expect(() => new EgressPolicy({ allowHttp: false, allowCidrs: [entry] })).toThrow(`"${entry}"`);
  });

  it('refuses an IPv4-mapped block, which would never match', () => {
    const create = (): EgressPolicy =>
      new EgressPolicy({ allowHttp: false, allowCidrs: ['::ffff:10.0.0.0/104'] });
    expect(create).toThrow('write it as IPv4');
  });
});
