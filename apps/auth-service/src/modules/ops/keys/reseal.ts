import { Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../config.js';

/** A column of sealed boxes, with what each box is bound to. */
interface SealedColumn {
  table: string;
  key: string;
  column: string;
  /** Where the row names its key-encryption key as well. */
  kekColumn?: string;
  contextOf: (key: string) => string;
}

/** Everything that must outlive a key-encryption key. What is kept for seconds or minutes is left to expire. */
export const sealedColumns: readonly SealedColumn[] = [
  {
    table: 'signing_key',
    key: 'kid',
    column: 'private_sealed',
    contextOf: (kid) => `signing_key:${kid}`,
  },
  { table: 'data_key', key: 'name', column: 'sealed', contextOf: (name) => `data_key:${name}` },
  {
    table: 'webhook_key',
    key: 'id',
    column: 'cipher',
    kekColumn: 'kek_id',
    contextOf: (id) => `webhook_key:${id}`,
  },
  {
    table: 'tenant_webhook_key',
    key: 'id',
    column: 'cipher',
    kekColumn: 'kek_id',
    contextOf: (id) => `tenant_webhook_key:${id}`,
  },
  { table: 'upstream', key: 'id', column: 'credential', contextOf: (id) => `upstream:${id}` },
];
const batchSize = 500;

/**
 * Seals everything under the current key-encryption key. Afterwards the previous one may leave
 * KEY_ENCRYPTION_KEYS_PREVIOUS. Safe to repeat, and to run while instances work.
 */
@Injectable()
export class Reseal {
  constructor(
    private readonly database: Database,
    private readonly config: AuthConfig,
  ) {}

  /** @returns how many boxes were sealed anew */
  async run(): Promise<number> {
    let count = 0;
    for (const column of sealedColumns) {
      for (let done = batchSize; done === batchSize; count += done)
        done = await this.resealBatch(column);
    }
    return count;
  }

  /** @returns how many there were; fewer than a batch: none is left */
  private async resealBatch(sealed: SealedColumn): Promise<number> {
    const { table, key, column, kekColumn, contextOf } = sealed;
    const box = this.config.secretBox;
    return this.database.transaction(async (transaction) => {
      // A box names its key in the eight bytes after the version.
      const rows = await transaction.query<{ id: string; sealed: Buffer }>(
        `SELECT ${key}::text AS id, ${column} AS sealed FROM ${table}
         WHERE ${column} IS NOT NULL AND substring(${column} FROM 2 FOR 8) <> decode($1, 'hex')
         ORDER BY ${key} LIMIT ${batchSize} FOR UPDATE`,
        [box.current.id],
      );
      for (const row of rows) {
        const context = contextOf(row.id);
        await transaction.execute(
          `UPDATE ${table} SET ${column} = $2${kekColumn ? `, ${kekColumn} = '${box.current.id}'` : ''}
           WHERE ${key} = $1`,
          [row.id, box.seal(box.open(row.sealed, context), context)],
        );
      }
      return rows.length;
    });
  }
}
