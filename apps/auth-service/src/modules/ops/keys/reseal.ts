import { Database, type SecretBox } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../config.js';

/** A column of sealed boxes, with what each box is bound to. */
interface SealedColumn {
  table: string;
  key: string;
  column: string;
  contextOf: (key: string) => string;
}

/** Everything that must outlive a key-encryption key. Bodies kept for minutes are left to expire. */
const sealedColumns: readonly SealedColumn[] = [
  {
    table: 'signing_key',
    key: 'kid',
    column: 'private_sealed',
    contextOf: (kid) => `signing_key:${kid}`,
  },
  { table: 'data_key', key: 'name', column: 'sealed', contextOf: (name) => `data_key:${name}` },
  { table: 'upstream', key: 'id', column: 'credential', contextOf: (id) => `upstream:${id}` },
  { table: 'webhook_key', key: 'id', column: 'cipher', contextOf: (id) => `webhook_key:${id}` },
  {
    table: 'tenant_webhook_key',
    key: 'id',
    column: 'cipher',
    contextOf: (id) => `tenant_webhook_key:${id}`,
  },
];

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
    for (const column of sealedColumns) count += await this.resealColumn(column);
    return count;
  }

  private async resealColumn({ table, key, column, contextOf }: SealedColumn): Promise<number> {
    const box: SecretBox = this.config.secretBox;
    return this.database.transaction(async (transaction) => {
      const rows = await transaction.query<{ id: string; sealed: Buffer }>(
        `SELECT ${key} AS id, ${column} AS sealed FROM ${table} WHERE ${column} IS NOT NULL FOR UPDATE`,
      );
      const old = rows.filter(({ sealed }) => box.keyIdOf(sealed) !== box.current.id);
      for (const { id, sealed } of old) {
        const context = contextOf(id);
        await transaction.execute(`UPDATE ${table} SET ${column} = $2 WHERE ${key} = $1`, [
          id,
          box.seal(box.open(sealed, context), context),
        ]);
      }
      return old.length;
    });
  }
}
