import type { Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';

/** The time that all instances share. */
@Injectable()
export class DatabaseClock {
  /** Of this moment, not of the start of the transaction. @returns milliseconds since the epoch */
  async now(sql: Sql): Promise<number> {
    const [row] = await sql.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    if (!row) throw new Error('the database tells no time');
    return row.now.getTime();
  }
}
