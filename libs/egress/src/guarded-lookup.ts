import { codeOf, EgressFault } from './egress-fault.js';
import type { EgressPolicy } from './egress-policy.js';
import type { HostAddress, ResolveHost } from './host-resolver.js';
import type { TargetUrl } from './target-url.js';

/** The addresses of a target, all of them permitted. */
export class GuardedLookup {
  constructor(
    private readonly policy: EgressPolicy,
    private readonly resolve: ResolveHost,
  ) {}

  /**
   * One forbidden answer spoils the name: otherwise whoever races the connections chooses among the answers.
   * @throws EgressFault `dns_error` or `blocked_destination`
   */
  async addressesOf(target: TargetUrl, signal: AbortSignal): Promise<readonly HostAddress[]> {
    const addresses = target.isAddress
      ? [literal(target.hostname)]
      : await this.#ask(target.hostname, signal);
    if (!addresses.every(({ address }) => this.policy.permits(address))) {
      throw new EgressFault('blocked_destination', 'FORBIDDEN_ADDRESS');
    }
    return addresses;
  }

  async #ask(hostname: string, signal: AbortSignal): Promise<readonly HostAddress[]> {
    const addresses = await Promise.race([this.resolve(hostname), expiry(signal)]).catch(
      (error: unknown) => {
        throw error instanceof EgressFault
          ? error
          : new EgressFault('dns_error', codeOf(error) ?? 'UNKNOWN');
      },
    );
    if (addresses.length === 0) throw new EgressFault('dns_error', 'NO_ADDRESS');
    return addresses;
  }
}

function literal(address: string): HostAddress {
  return { address, family: address.includes(':') ? 6 : 4 };
}

function expiry(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const expire = (): void => reject(new EgressFault('dns_error', 'TIMEOUT'));
    if (signal.aborted) expire();
    else signal.addEventListener('abort', expire, { once: true });
  });
}
