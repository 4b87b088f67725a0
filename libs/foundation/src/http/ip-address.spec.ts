import { normalizeCidr, parseIp } from './ip-address.js';

describe('parseIp', () => {
  it('reads dotted decimal and RFC 4291, a mapped address as the IPv4 address it carries', () => {
    const read = (text: string): string | undefined => parseIp(text)?.toString();
    expect(read('192.0.2.1')).toBe('192.0.2.1');
    expect(read('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(read('2001:DB8::1')).toBe('2001:db8::1');
    // Compatible is not mapped.
    expect(read('::10.0.0.1')).toBe('::a00:1');
  });

  it('reads no other spelling', () => {
    for (const text of [
      '010.0.0.1',
      '0177.0.0.1',
      '0x7f.0.0.1',
      '127.1',
      '2130706433',
      'fe80::1%eth0',
      '',
      '1.2.3.4 ',
    ])
      expect([text, parseIp(text)]).toEqual([text, undefined]);
  });
});

describe('normalizeCidr', () => {
  it('writes a block in its usual form', () => {
    expect(normalizeCidr('10.0.0.0/8')).toBe('10.0.0.0/8');
    expect(normalizeCidr('0.0.0.0/0')).toBe('0.0.0.0/0');
    expect(normalizeCidr('192.0.2.7/32')).toBe('192.0.2.7/32');
    expect(normalizeCidr('2001:DB8:0::/33')).toBe('2001:db8::/33');
    expect(normalizeCidr('::ffff:10.0.0.0/104')).toBe('10.0.0.0/8');
  });

  it('refuses what other parsers read otherwise', () => {
    for (const text of [
      '010.0.0.0/8',
      '192.168.010.0/24',
      '0177.0.0.0/8',
      '127/8',
      '2130706433/32',
      'fe80::%eth0/64',
      '10.0.0.0',
      '10.0.0.0/',
      '10.0.0.0/08',
      '10.0.0.0/33',
      '10.0.0.0/-1',
      '10.0.0.0/8/8',
      '::ffff:10.0.0.0/95',
      '::/129',
    ])
      expect(() => normalizeCidr(text)).toThrow('Give an address block like');
  });

  it('says which block an address with bits beyond the prefix is in', () => {
    expect(() => normalizeCidr('10.1.2.3/8')).toThrow('write 10.0.0.0/8');
    expect(() => normalizeCidr('192.0.2.129/25')).toThrow('write 192.0.2.128/25');
    expect(() => normalizeCidr('2001:db8::1/33')).toThrow('write 2001:db8::/33');
  });
});
