import { Database } from '#libs/foundation';
import type { Pool } from 'pg';
import type { AuthApp } from './auth-app.js';

/** What the process's timers ask beside the work: feeds, and the batched notes of use. */
const background =
  /revocation|pg_snapshot_xmin|signing_key|token_quota|governance \?\||^WITH used AS|event_outbox|bullmq/;

/** The text of every statement the process's pool runs while `work` does. */
export async function countStatements(
  app: AuthApp,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const pool = (app.get(Database).dataSource.driver as unknown as { master: Pool }).master;
  const spy = jest.spyOn(pool, 'query');
  try {
    await work();
    return spy.mock.calls
      .map(([config]) => (config as unknown as { text: string }).text)
      .filter((text) => !background.test(text));
  } finally {
    spy.mockRestore();
  }
}
