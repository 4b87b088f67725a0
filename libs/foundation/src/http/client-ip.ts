import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import { parseIp } from './ip-address.js';

type Cidr = ReturnType<typeof ipaddr.parseCIDR>;

/** Blocks of addresses in CIDR notation, IPv4 and IPv6, as `normalizeCidr` writes them. */
export class CidrList {
  private readonly blocks: readonly Cidr[];

  /** @throws Error when an entry is not a block */
  constructor(readonly texts: readonly string[]) {
    this.blocks = texts.map((text) => ipaddr.parseCIDR(text));
  }

  /** IPv4-mapped IPv6 addresses count as the IPv4 address they carry. */
  includes(address: string): boolean {
    const parsed = this.blocks.length === 0 ? undefined : parseIp(address);
    if (!parsed) return false;
    return this.blocks.some(
      ([network, bits]) => parsed.kind() === network.kind() && parsed.match(network, bits),
    );
  }
}

/** An address in its shortest usual form; IPv4-mapped IPv6 as IPv4. Empty when it is no address. */
export function normalizeIp(address: string): string {
  return parseIp(address)?.toString() ?? '';
}

/** An IPv6 caller has a /64 of addresses to try from; an IPv4 caller has one. */
export function networkOf(ip: string): string {
  if (!ip.includes(':')) return ip;
  return ipaddr.parse(ip).toNormalizedString().split(':').slice(0, 4).join(':');
}

/** A connection's peer address does not change: it is read and parsed once. */
const peer = Symbol('peer address');

function peerAddress(socket: Socket & { [peer]?: string | undefined }): string {
  // A link-local peer comes with its zone.
  return (socket[peer] ??= normalizeIp((socket.remoteAddress ?? '').replace(/%.*/, '')));
}

/**
 * The caller's address. X-Forwarded-For is read from the right and only as long as the hop that wrote it is a
 * trusted proxy: a value the client invented is never reached. Empty, which no block of addresses holds, where a trusted
 * proxy has written what is no address: the proxy's own would let its caller in where the proxy may go.
 */
export function clientIp(request: IncomingMessage, trustedProxies: CidrList): string {
  let address = peerAddress(request.socket);
  if (!trustedProxies.includes(address)) return address;
  const header = [request.headers['x-forwarded-for'] ?? ''].flat().join(',').trim();
  const hops = header === '' ? [] : header.split(',');
  while (hops.length > 0 && trustedProxies.includes(address))
    address = normalizeIp((hops.pop() ?? '').trim());
  return address;
}
