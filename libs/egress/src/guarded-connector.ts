import net, { type LookupFunction } from 'node:net';
import tls, { type SecureContext } from 'node:tls';
import { EgressFault, toConnectFault } from './egress-fault.js';
import type { EgressPolicy } from './egress-policy.js';
import type { GuardedLookup } from './guarded-lookup.js';
import type { HostAddress } from './host-resolver.js';
import type { TargetUrl } from './target-url.js';

/** Before the next address is tried. Node drops the earlier try, so RFC 8305's 250 ms would lose far receivers. */
const NEXT_ADDRESS_AFTER_MS = 500;

export interface Connection {
  readonly socket: net.Socket;
  readonly remoteAddress: string;
}

/** Opens connections that end at a permitted address, whatever DNS says between one look and the next. */
export class GuardedConnector {
  readonly #secureContext: SecureContext;

  /** @param ca PEM certificates trusted besides Node's own. */
  constructor(
    private readonly policy: EgressPolicy,
    private readonly lookup: GuardedLookup,
    private readonly connectTimeoutMs: number,
    ca: readonly string[],
  ) {
    this.#secureContext = tls.createSecureContext({
      minVersion: 'TLSv1.2',
      ...(ca.length > 0 && { ca: [...tls.rootCertificates, ...ca] }),
    });
  }

  /** @throws EgressFault `dns_error`, `blocked_destination`, `connect_timeout`, `connection_*` or `tls_error` */
  async open(target: TargetUrl): Promise<Connection> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.connectTimeoutMs);
    try {
      const addresses = await this.lookup.addressesOf(target, deadline.signal);
      return await this.#dial(target, addresses, deadline.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  #dial(
    target: TargetUrl,
    addresses: readonly HostAddress[],
    deadline: AbortSignal,
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = this.#socketTo(target, addresses);
      let phase: 'tcp' | 'tls' = 'tcp';
      let remoteAddress = '';

      const fail = (error: Error): void => {
        socket.destroy();
        reject(toConnectFault(error, phase) ?? error);
      };
      deadline.addEventListener(
        'abort',
        () => fail(new EgressFault('connect_timeout', 'TIMEOUT')),
        { once: true },
      );
      // Stays attached: undici's own listener comes a tick after the promise is resolved.
      socket.on('error', fail);
      const onClose = (): void => fail(new EgressFault('connection_reset', 'CLOSED'));
      socket.once('close', onClose);
      // Ahead of the listener that starts the TLS handshake: not a byte goes to a forbidden peer.
      socket.prependOnceListener('connect', () => {
        phase = 'tls';
        // Unknown if the peer is gone again already.
        if (socket.remoteAddress === undefined) return onClose();
        remoteAddress = socket.remoteAddress;
        if (!this.policy.permits(remoteAddress)) {
          fail(new EgressFault('blocked_destination', 'FORBIDDEN_PEER'));
        }
      });
      socket.once(target.secure ? 'secureConnect' : 'connect', () => {
        if (socket.destroyed) return;
        socket.off('close', onClose);
        resolve({ socket, remoteAddress });
      });
    });
  }

  #socketTo(target: TargetUrl, addresses: readonly HostAddress[]): net.Socket {
    const options = {
      host: target.hostname,
      port: target.port,
      lookup: pinnedTo(addresses),
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
      noDelay: true,
    };
    if (!target.secure) return net.connect(options);
    return tls.connect({
      ...options,
      ...(target.isAddress ? {} : { servername: target.hostname }),
      secureContext: this.#secureContext,
      ALPNProtocols: ['http/1.1'],
      // The default, said aloud because NODE_TLS_REJECT_UNAUTHORIZED=0 would change the default.
      rejectUnauthorized: true,
    });
  }
}

/** Node asks for all addresses and chooses among them; it never asks when the host is an address itself. */
function pinnedTo(addresses: readonly HostAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses;
    if (options.all === true) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family);
  };
}
