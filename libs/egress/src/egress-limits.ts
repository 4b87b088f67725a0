export interface EgressLimits {
  /** Name resolution, TCP and TLS together. */
  readonly connectTimeoutMs: number;
  /** The whole exchange, the wait for a free socket and the response body included. */
  readonly totalTimeoutMs: number;
  /** Name resolution while a URL is only checked. */
  readonly checkTimeoutMs: number;
  readonly headerBytes: number;
  readonly headerCount: number;
  /** Interim (1xx) responses before the final one. */
  readonly interimResponses: number;
  /** A response body longer than this is not read on. */
  readonly readBytes: number;
  /** How much of the body is kept. */
  readonly keptBytes: number;
  /** Characters kept of one response header. */
  readonly keptHeaderLength: number;
  readonly socketsPerPool: number;
  /** After this a socket takes no further request, so that a change of DNS is seen. */
  readonly socketAgeMs: number;
  /** How long an unused socket stays open unless the receiver's `Keep-Alive: timeout` says otherwise. */
  readonly idleSocketMs: number;
  /** An unused pool is forgotten after this. */
  readonly idlePoolMs: number;
  readonly pools: number;
}

/** webhooks.md section 8. */
export const DEFAULT_EGRESS_LIMITS: EgressLimits = {
  connectTimeoutMs: 5_000,
  totalTimeoutMs: 15_000,
  checkTimeoutMs: 2_000,
  headerBytes: 16 * 1024,
  headerCount: 100,
  interimResponses: 8,
  readBytes: 64 * 1024,
  keptBytes: 4 * 1024,
  keptHeaderLength: 1_024,
  socketsPerPool: 8,
  socketAgeMs: 60_000,
  idleSocketMs: 4_000,
  idlePoolMs: 120_000,
  pools: 2_048,
};
