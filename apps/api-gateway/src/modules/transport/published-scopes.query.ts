import type { Sql } from '#libs/foundation';

/** Names of the scopes of this resource that everyone may know, in order. */
export async function publishedScopes(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ name: string }>(
    `SELECT name FROM scope WHERE 'api' = ANY(resources) AND published_to IS NULL AND NOT deprecated
       AND cardinality(grantable_to) > 0 ORDER BY name`,
  );
  return rows.map(({ name }) => name);
}
