import { promises as dns } from 'node:dns';

export interface HostAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** All addresses of a name. Rejects, or resolves to an empty list, if there are none to be had. */
export type ResolveHost = (hostname: string) => Promise<readonly HostAddress[]>;

/**
 * Asks DNS servers directly: those named, or the system's. Not `getaddrinfo`: it occupies a thread of libuv's pool
 * for as long as a dead name server likes, and it knows the hosts file and search domains, which are of this machine
 * and no business of a tenant's URL.
 */
export class DnsHostResolver {
  readonly #dns = new dns.Resolver({ timeout: 1_000, tries: 2 });
  readonly #underWay = new Map<string, Promise<readonly HostAddress[]>>();

  /** @param servers addresses, each with or without a port; empty for the system's. */
  constructor(servers: readonly string[] = []) {
    if (servers.length > 0) this.#dns.setServers(servers);
  }

  /** Questions for the same name at the same time are asked once. Nothing is remembered beyond that. */
  readonly resolve: ResolveHost = (hostname) => {
    const underWay = this.#underWay.get(hostname);
    if (underWay !== undefined) return underWay;
    const answer = this.#ask(hostname).finally(() => this.#underWay.delete(hostname));
    this.#underWay.set(hostname, answer);
    return answer;
  };

  /** Lets pending questions fail. */
  close(): void {
    this.#dns.cancel();
  }

  async #ask(hostname: string): Promise<readonly HostAddress[]> {
    const [v4, v6] = await Promise.allSettled([
      this.#dns.resolve4(hostname),
      this.#dns.resolve6(hostname),
    ]);
    // One family may fail alone: what was not learnt is not connected to.
    if (v4.status === 'rejected' && v6.status === 'rejected') throw v4.reason;
    return [
      ...(v4.status === 'fulfilled' ? v4.value : []).map((address) => ({
        address,
        family: 4 as const,
      })),
      ...(v6.status === 'fulfilled' ? v6.value : []).map((address) => ({
        address,
        family: 6 as const,
      })),
    ];
  }
}
