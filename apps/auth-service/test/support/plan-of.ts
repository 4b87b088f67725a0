import type { Database, Sql, Statement } from '#libs/foundation';

interface Row {
  'QUERY PLAN': string;
}

/**
 * The plans of statements that are explained instead of run: of one that is prepared by name the general one, which
 * PostgreSQL takes from its sixth run on, of any other the one for its values.
 */
export async function planOf(
  database: Database,
  run: (explaining: Sql) => Promise<unknown>,
): Promise<string> {
  const plan: string[] = [];
  const explain = async (statement: Statement, values?: readonly unknown[]): Promise<void> => {
    const rows = await (typeof statement === 'string'
      ? database.query<Row>(`EXPLAIN (COSTS OFF) ${statement}`, values)
      : database.query<Row>(`EXPLAIN (GENERIC_PLAN, COSTS OFF) ${statement.text}`));
    plan.push(...rows.map((row) => row['QUERY PLAN']));
  };
  const explaining: Sql = {
    query: async (statement, values) => {
      await explain(statement, values);
      return [];
    },
    execute: async (statement, values) => {
      await explain(statement, values);
      return 0;
    },
  };
  await run(explaining);
  return plan.join('\n');
}
