import type { Pool, PoolClient, QueryConfig, QueryResultRow } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import { CommitUnknown, isDatabaseAway } from './unavailable.js';

/** A statement by text, or named to be prepared once per connection. */
export type Statement = string | { readonly name: string; readonly text: string };

/** Something that runs SQL: the pool, or one transaction. */
export interface Sql {
  query<Row extends QueryResultRow>(
    statement: Statement,
    values?: readonly unknown[],
  ): Promise<Row[]>;
  /** As `query`, for statements whose rows do not matter. @returns the number of rows affected */
  execute(statement: Statement, values?: readonly unknown[]): Promise<number>;
}

/** One transaction: prepared SQL and TypeORM's manager on the same connection. */
export interface Transaction extends Sql {
  readonly manager: EntityManager;
}

/** PostgreSQL, through TypeORM's own pool: one pool a process. */
export class Database implements Sql {
  constructor(readonly dataSource: DataSource) {}

  async query<Row extends QueryResultRow>(
    statement: Statement,
    values?: readonly unknown[],
  ): Promise<Row[]> {
    return (await this.pool.query<Row>(toConfig(statement, values))).rows;
  }

  async execute(statement: Statement, values?: readonly unknown[]): Promise<number> {
    return (await this.pool.query(toConfig(statement, values))).rowCount ?? 0;
  }

  /**
   * The pool for reads that are made again and again: one that is not answered in time fails, and its connection is
   * given up. Without a bound, a connection that went silent would hold the reader up for as long as TCP tries.
   */
  within(milliseconds: number): Sql {
    const bounded = (statement: Statement, values?: readonly unknown[]): QueryConfig => ({
      ...toConfig(statement, values),
      ...{ query_timeout: milliseconds },
    });
    return {
      query: async <Row extends QueryResultRow>(
        statement: Statement,
        values?: readonly unknown[],
      ) => (await this.pool.query<Row>(bounded(statement, values))).rows,
      execute: async (statement, values) =>
        (await this.pool.query(bounded(statement, values))).rowCount ?? 0,
    };
  }

  /**
   * Commits when `work` resolves, rolls back when it rejects. Never two queries at once inside one.
   * @throws CommitUnknown
   */
  async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    let commits = false as boolean;
    try {
      return await this.dataSource.transaction(async (manager) => {
        const result = await work(await toTransaction(manager));
        commits = true;
        return result;
      });
    } catch (error) {
      throw commits && isDatabaseAway(error) ? new CommitUnknown(error) : error;
    }
  }

  /** TypeORM's pg pool. It exists from `initialize()` on. */
  private get pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }
}

async function toTransaction(manager: EntityManager): Promise<Transaction> {
  const client = (await manager.queryRunner?.connect()) as PoolClient | undefined;
  if (!client) throw new Error('a transaction has a connection of its own');
  return {
    manager,
    query: async <Row extends QueryResultRow>(statement: Statement, values?: readonly unknown[]) =>
      (await client.query<Row>(toConfig(statement, values))).rows,
    execute: async (statement, values) =>
      (await client.query(toConfig(statement, values))).rowCount ?? 0,
  };
}

function toConfig(statement: Statement, values: readonly unknown[] = []): QueryConfig {
  return typeof statement === 'string'
    ? { text: statement, values: [...values] }
    : { ...statement, values: [...values] };
}
