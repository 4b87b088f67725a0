import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

export interface EgressPolicyOptions {
  /** Plain `http:` targets. For development and closed networks. */
  readonly allowHttp: boolean;
  /** CIDR blocks exempt from the literal and the range rule, and from no other. Empty in production. */
  readonly allowCidrs: readonly string[];
}

/** Where requests to a tenant-chosen address may go: global unicast, plus the operator's blocks. */
export class EgressPolicy {
  readonly allowHttp: boolean;
  readonly #allowedBlocks: readonly (readonly [Address, number])[];

  /** @throws Error naming the first entry of `allowCidrs` that is not a CIDR block. */
  constructor(options: EgressPolicyOptions) {
    this.allowHttp = options.allowHttp;
    this.#allowedBlocks = options.allowCidrs.map(parseBlock);
  }

  /** True if the operator listed the address. A mapped address counts as the IPv4 address it means. */
  lists(address: string): boolean {
    const parsed = parseAddress(address);
    return parsed !== null && this.#isListed(parsed);
  }

  /** True if a connection to the address may be made. False for what is no address at all. */
  permits(address: string): boolean {
    const parsed = parseAddress(address);
    return parsed !== null && (isGlobalUnicast(parsed) || this.#isListed(parsed));
  }

  #isListed(address: Address): boolean {
    const plain = unmapped(address);
    return this.#allowedBlocks.some(
      ([network, bits]) => network.kind() === plain.kind() && plain.match(network, bits),
    );
  }
}

function parseAddress(text: string): Address | null {
  // ipaddr.js also reads the old IPv4 spellings ("127.1", "0x7f.1"), which no resolver or socket prints, and takes
  // the IPv4-compatible ::10.0.0.1, which they do print, for the mapped ::ffff:10.0.0.1.
  const isReadAsItIs = isIP(text) !== 0 && !/^::\d+\./.test(text);
  return isReadAsItIs ? ipaddr.parse(text) : null;
}

function parseBlock(text: string): readonly [Address, number] {
  const network = text.slice(0, text.lastIndexOf('/'));
  if (isIP(network) === 0 || !ipaddr.isValidCIDR(text)) {
    throw new Error(`"${text}" is not a CIDR block such as 10.1.0.0/16 or fd00::/8`);
  }
  const [address, bits] = ipaddr.parseCIDR(text);
  if (unmapped(address) !== address) {
    throw new Error(`"${text}" is an IPv4-mapped block: write it as IPv4`);
  }
  return [address, bits];
}

function unmapped(address: Address): Address {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()
    ? address.toIPv4Address()
    : address;
}

function isGlobalUnicast(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  // ipaddr.js calls everything it does not know "unicast", ::127.0.0.1 too. IANA has delegated 2000::/3 alone.
  return address instanceof ipaddr.IPv4 || ((address.parts[0] ?? 0) & 0xe000) === 0x2000;
}
