import { DEFAULT_EGRESS_LIMITS } from '#libs/egress';

/** The figures of the delivery worker (webhooks.md sections 8, 9 and 16). Tests shorten them. */
export class WorkerSettings {
  /** Events a relay moves in one transaction, of one tenant and in all. */
  readonly relayPerTenant: number = 50;
  readonly relayBatch: number = 200;
  /** Deliveries from which on it takes no further event into the transaction. */
  readonly relayTargets: number = 5_000;
  /** Between two rounds of a busy relay. */
  readonly relayPauseMs: number = 20;
  /** Rows a lane claims at once. */
  readonly claimBatch: number = 50;
  /** Requests at once to one endpoint. */
  readonly laneWidth: number = 8;
  /** A lane gives up its place after this long or this many deliveries. */
  readonly sliceMs: number = 2_000;
  readonly sliceDeliveries: number = 200;
  /** A lane with nothing due waits so long for more before it gives up its place. */
  readonly lingerMs: number = 50;
  /** The longest exchange and a margin. */
  readonly leaseMs: number = 25_000;
  /** The longest exchange: nothing is sent on a lease that may end before it. */
  readonly exchangeMs: number = DEFAULT_EGRESS_LIMITS.totalTimeoutMs;
  readonly laneConcurrency: number = 256;
  readonly slowLaneConcurrency: number = 256;
  readonly testConcurrency: number = 16;
  readonly testsPerTenant: number = 4;
  readonly replayConcurrency: number = 4;
  /** Requests at once in this process. */
  readonly inFlight: number = 4_096;
  /** How much of them one tenant may have. */
  readonly tenantShare: number = 0.25;
  readonly tickMs: number = 500;
  readonly maintenanceMs: number = 60_000;
  /** Results are gathered for so long and recorded together: what a killed worker sends again beside what was under way. */
  readonly recordGatherMs: number = 10;
  /** How long a result that cannot be recorded is kept and retried. */
  readonly recordRetryMs: number = 30_000;
  /** Pending deliveries of a tenant: where it is warned, and where new ones are only recorded. */
  readonly tenantSoftQuota: number = 100_000;
  readonly tenantHardQuota: number = 1_000_000;
  /** Days of events, deliveries and attempts that are kept, 7 to 90. */
  readonly retentionDays: number = 30;

  constructor(changes: Partial<WorkerSettings> = {}) {
    Object.assign(this, changes);
  }
}
