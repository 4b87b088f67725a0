import type { IncomingMessage } from 'node:http';
import { CidrList, clientIp, networkOf } from './client-ip.js';

const request = (remoteAddress: string, forwarded?: string): IncomingMessage =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

describe('clientIp', () => {
  it('ignores X-Forwarded-For of an untrusted peer [O62]', () => {
    expect(clientIp(request('203.0.113.9', '10.0.0.1'), new CidrList([]))).toBe('203.0.113.9');
  });

  it('takes the last hop that a trusted proxy wrote, never the first [O62]', () => {
    const trusted = new CidrList(['10.0.0.0/8']);
    expect(clientIp(request('10.0.0.2', '1.1.1.1, 198.51.100.7, 10.0.0.9'), trusted)).toBe(
      '198.51.100.7',
    );
    expect(clientIp(request('10.0.0.2'), trusted)).toBe('10.0.0.2');
    expect(clientIp(request('10.0.0.2', ''), trusted)).toBe('10.0.0.2');
    expect(clientIp(request('10.0.0.2', '10.0.0.7'), trusted)).toBe('10.0.0.7');
  });

  it('knows no caller, rather than a wrong one, where a trusted proxy writes no address [O62]', () => {
    const trusted = new CidrList(['10.0.0.0/8']);
    for (const hop of [
      'nonsense',
      '10.1',
      '0x0a.1.2.3',
      '012.0.0.1',
      '192.0.2.1:80',
      'fe80::1%eth0',
      '1.2.3.4,',
    ])
      expect([hop, clientIp(request('10.0.0.2', hop), trusted)]).toEqual([hop, '']);
    expect(trusted.includes('')).toBe(false);
  });

  it('reads the address of a link-local peer without its zone', () => {
    expect(clientIp(request('fe80::1%eth0'), new CidrList([]))).toBe('fe80::1');
  });

  it('reads ::ffff:10.0.0.1 as 10.0.0.1 [O62]', () => {
    expect(clientIp(request('::ffff:10.0.0.1'), new CidrList([]))).toBe('10.0.0.1');
    expect(new CidrList(['10.0.0.0/8']).includes('::ffff:10.0.0.1')).toBe(true);
    expect(new CidrList(['2001:db8::/32']).includes('10.0.0.1')).toBe(false);
  });
});

describe('networkOf', () => {
  it('takes an IPv6 /64 for one caller, and an IPv4 address', () => {
    expect(networkOf('2001:db8:1:2::1')).toBe(networkOf('2001:db8:1:2:ffff::9'));
    expect(networkOf('2001:db8:1:2::1')).not.toBe(networkOf('2001:db8:1:3::1'));
    expect(networkOf('192.0.2.1')).toBe('192.0.2.1');
  });
});
