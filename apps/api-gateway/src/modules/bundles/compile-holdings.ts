import type { GrantRow } from './snapshot-query.js';
import { holdingKey, type SnapshotGrant } from './snapshot.js';

/** Grants by app and tenant. */
export function compileHoldings(
  rows: readonly GrantRow[],
): ReadonlyMap<string, readonly SnapshotGrant[]> {
  const holdings = new Map<string, SnapshotGrant[]>();
  for (const row of rows) {
    const key = holdingKey(row.client_id, row.tenant_id);
    const grants = holdings.get(key) ?? [];
    grants.push({
      id: row.id,
      bundleId: row.bundle_id,
      versionRange: row.version_range,
      validFromMs: row.valid_from.getTime(),
      validUntilMs: row.valid_until?.getTime() ?? Infinity,
      costBurst: row.cost_burst ?? undefined,
      costPerSecond: row.cost_per_second ?? undefined,
    });
    holdings.set(key, grants);
  }
  return holdings;
}
