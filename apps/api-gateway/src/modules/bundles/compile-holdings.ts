import { CidrList } from '#libs/foundation';
import type { GrantRow } from './snapshot-query.js';
import { type Holding, holdingKey, type SnapshotGrant } from './snapshot.js';

/** Grants by app and tenant. */
export function compileHoldings(rows: readonly GrantRow[]): ReadonlyMap<string, Holding> {
  const holdings = new Map<string, { grants: SnapshotGrant[]; allowedCidrs: CidrList[] }>();
  for (const row of rows) {
    const key = holdingKey(row.client_id, row.tenant_id);
    const holding = holdings.get(key) ?? { grants: [], allowedCidrs: allowedCidrs(row) };
    holding.grants.push({
      id: row.id,
      bundleId: row.bundle_id,
      versionRange: row.version_range,
      validFromMs: row.valid_from.getTime(),
      validUntilMs: row.valid_until?.getTime() ?? Infinity,
      costBurst: row.cost_burst ?? undefined,
      costPerSecond: row.cost_per_second ?? undefined,
    });
    holdings.set(key, holding);
  }
  return holdings;
}

function allowedCidrs(row: GrantRow): CidrList[] {
  return [row.app_cidrs, row.tenant_cidrs].flatMap((cidrs) => (cidrs ? [new CidrList(cidrs)] : []));
}
