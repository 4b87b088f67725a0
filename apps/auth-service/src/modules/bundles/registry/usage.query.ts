import type { Sql } from '#libs/foundation';

export interface UsageRow {
  operation_name: string;
  client_id: string;
  tenant_id: string;
  requests: number;
  failures: number;
  cost: number;
  last_used_at: Date;
}

/** Who still uses which operation of a version, over the whole record; most recent first. */
export async function readUsage(sql: Sql, versionId: string): Promise<UsageRow[]> {
  return sql.query<UsageRow>(
    `SELECT o.operation_name, u.client_id, u.tenant_id, sum(u.requests)::float8 AS requests,
       sum(u.failures)::float8 AS failures, sum(u.cost)::float8 AS cost, max(u.last_used_at) AS last_used_at
     FROM operation_usage u JOIN bundle_operation o ON o.id = u.operation_id
     WHERE o.version_id = $1 GROUP BY 1, 2, 3 ORDER BY last_used_at DESC LIMIT 1000`,
    [versionId],
  );
}
