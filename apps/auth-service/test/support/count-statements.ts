import { Database } from '#libs/foundation';
import type { Pool } from 'pg';
import type { AuthApp } from './auth-app.js';

/** The text of every statement the process's pool runs while `work` does. */
export async function countStatements(
  app: AuthApp,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const pool = (app.get(Database).dataSource.driver as unknown as { master: Pool }).master;
  const spy = jest.spyOn(pool, 'query');
  try {
    await work();
    return spy.mock.calls.map(([config]) => (config as unknown as { text: string }).text);
  } finally {
    spy.mockRestore();
  }
}
