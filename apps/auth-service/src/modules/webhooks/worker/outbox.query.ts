import type { Sql } from '#libs/foundation';

/** When the oldest event in the outbox was published, by its id: nothing but the first row is read. */
export async function oldestInOutbox(sql: Sql): Promise<Date | undefined> {
  const [oldest] = await sql.query<{ created_at: Date }>(
    'SELECT created_at FROM event_outbox ORDER BY id LIMIT 1',
  );
  return oldest?.created_at;
}
