import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * An address as RFC 4291 section 2.2 and dotted decimal write it; IPv4-mapped IPv6 is the IPv4 address it carries.
 * Undefined for all else: octal, hexadecimal and short IPv4, which other parsers read otherwise, and zones.
 */
export function parseIp(text: string): IpAddress | undefined {
  if (isIP(text) === 0 || text.includes('%')) return undefined;
  // ipaddr.js takes the compatible ::10.0.0.1 for the mapped ::ffff:10.0.0.1; in hexadecimal it does not.
  const dotted = text.includes(':') && text.includes('.');
  return ipaddr.process(dotted ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text);
}

/**
 * A block of addresses in its usual form; IPv4-mapped IPv6 as the IPv4 block it means.
 * @throws Error one sentence that says how to write it
 */
export function normalizeCidr(text: string): string {
  const [, address = '', digits = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const ip = parseIp(address);
  const mappedBits = address.includes(':') && ip?.kind() === 'ipv4' ? 96 : 0;
  const bits = Number(digits) - mappedBits;
  if (!ip || digits === '' || bits < 0 || bits > ip.toByteArray().length * 8)
    throw new Error('Give an address block like 192.0.2.0/24 or 2001:db8::/32.');
  const written = `${ip.toString()}/${bits}`;
  const network = `${networkAddress(ip, bits)}/${bits}`;
  if (written !== network)
    throw new Error(
      `The address is not the first of its block: write ${network}, or a longer prefix.`,
    );
  return network;
}

function networkAddress(ip: IpAddress, bits: number): string {
  const bytes = ip
    .toByteArray()
    .map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - index * 8))) & 0xff);
  return ipaddr.fromByteArray(bytes).toString();
}
