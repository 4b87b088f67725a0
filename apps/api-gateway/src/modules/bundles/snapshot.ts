import {
  compareVersions,
  type CostPlan,
  inVersionRange,
  type Match,
  OperationIndex,
  type Candidate,
  type IndexedOperation,
  type VariableCheck,
} from '#libs/operations';
import type { ExecutableOperation } from '../execution/index.js';

/** One approved operation, compiled: all that a request needs to know of it. */
export interface SnapshotOperation {
  id: string;
  bundleId: string;
  bundle: string;
  version: string;
  name: string;
  /** `bundle@version/Name` */
  label: string;
  kind: 'query' | 'mutation';
  docSha256: string;
  /** False also where fragments at the root hide how many there are. */
  hasOneRootField: boolean;
  requiredScopes: readonly string[];
  checkVariables: VariableCheck;
  cost: CostPlan;
  timeoutMs: number;
  maxResponseBytes: number;
  idempotent: boolean;
  /** `Deprecation` (RFC 9745) and `Sunset` (RFC 8594) where the version is on its way out. */
  headers: Readonly<Record<string, string>>;
  plain: ExecutableOperation;
  /** The document with `__typename` in every selection set but the root's. */
  typename: ExecutableOperation;
}

export interface SnapshotGrant {
  id: string;
  bundleId: string;
  versionRange: string;
  validFromMs: number;
  /** Exclusive; infinite where the grant has no end. */
  validUntilMs: number;
  costBurst: number | undefined;
  costPerSecond: number | undefined;
}

export interface Held {
  candidate: Candidate<SnapshotOperation>;
  grant: SnapshotGrant;
}

/** Everything that may run and who may run it, at one moment. Immutable; a change makes a new one. */
export class Snapshot {
  private readonly index: OperationIndex<SnapshotOperation>;

  constructor(
    operations: readonly IndexedOperation<SnapshotOperation>[],
    /** By app and tenant. */
    private readonly holdings: ReadonlyMap<string, readonly SnapshotGrant[]>,
  ) {
    this.index = new OperationIndex(operations);
  }

  static readonly empty = new Snapshot([], new Map());

  matchId(documentId: string): Match<SnapshotOperation> {
    return this.index.matchId(documentId);
  }

  matchText(text: string): Match<SnapshotOperation> {
    return this.index.matchText(text);
  }

  matchKnown(text: string): Match<SnapshotOperation> | undefined {
    return this.index.matchKnown(text);
  }

  matchCanonical(text: string): Match<SnapshotOperation> {
    return this.index.matchCanonical(text);
  }

  /** The newest of the candidates that a live grant of the app in the tenant covers. */
  find(
    match: Match<SnapshotOperation>,
    clientId: string,
    tenantId: string,
    nowMs: number,
  ): Held | undefined {
    const grants = this.holdings.get(holdingKey(clientId, tenantId));
    if (!grants || !match.found) return undefined;
    let best: Held | undefined;
    for (const candidate of match.candidates) {
      const { value } = candidate;
      if (best && compareVersions(best.candidate.value.version, value.version) >= 0) continue;
      const grant = grants.find((entry) => covers(entry, value, nowMs));
      if (grant) best = { candidate, grant };
    }
    return best;
  }
}

export function holdingKey(clientId: string, tenantId: string): string {
  return `${clientId} ${tenantId}`;
}

function covers(grant: SnapshotGrant, operation: SnapshotOperation, nowMs: number): boolean {
  return (
    grant.bundleId === operation.bundleId &&
    nowMs >= grant.validFromMs &&
    nowMs < grant.validUntilMs &&
    inVersionRange(operation.version, grant.versionRange)
  );
}
