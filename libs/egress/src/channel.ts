import { Client, type Dispatcher } from 'undici';
import type { Clock } from '#libs/foundation';
import type { EgressLimits } from './egress-limits.js';
import type { GuardedConnector } from './guarded-connector.js';
import type { TargetUrl } from './target-url.js';

/** The peer may close at the second it announced: our end closes this much earlier. */
const KEEP_ALIVE_MARGIN_MS = 1_000;

/** One undici client, that is one connection at a time, opened anew when needed, and where it leads. */
export class Channel {
  readonly #client: Client;
  #remoteAddress: string | null = null;
  #connectedAtMs: number;

  constructor(target: TargetUrl, connector: GuardedConnector, limits: EgressLimits, clock: Clock) {
    this.#connectedAtMs = clock.now();
    this.#client = new Client(target.origin, {
      connect: (_, callback) => {
        this.#remoteAddress = null;
        connector.open(target).then(
          ({ socket, remoteAddress }) => {
            this.#remoteAddress = remoteAddress;
            this.#connectedAtMs = clock.now();
            callback(null, socket);
          },
          (error: unknown) => callback(error as Error, null),
        );
      },
      maxHeaderSize: limits.headerBytes,
      keepAliveTimeout: limits.idleSocketMs,
      keepAliveMaxTimeout: limits.socketAgeMs,
      keepAliveTimeoutThreshold: KEEP_ALIVE_MARGIN_MS,
      // The exchange has one deadline for everything; undici's would start anew with every chunk.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  get remoteAddress(): string | null {
    return this.#remoteAddress;
  }

  get connectedAtMs(): number {
    return this.#connectedAtMs;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#client.dispatch(options, handler);
  }

  /** Ends the connection, whatever is under way on it. */
  destroy(): Promise<void> {
    return this.#client.destroy();
  }
}
