import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { DataDir } from '../data-dir.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded-postgres.ts';
import { detailsOf, reasonOf, StartError } from '../start-error.ts';
import type { StartSettings } from './settings.ts';

const KEY_FILE = 'key-encryption-key';
const CONNECT_TIMEOUT_MS = 5_000;

export interface OpenDatabase {
  readonly url: string;
  readonly keyEncryptionKey: string;
  /** Absent where `DATABASE_URL` names somebody else's server. */
  readonly embedded?: EmbeddedPostgres;
}

/** The database of this start and the key that its secrets are sealed under. */
export async function openDatabase(
  settings: StartSettings,
  dataDir: DataDir,
): Promise<OpenDatabase> {
  const { databaseUrl, keyEncryptionKey } = settings;
  if (databaseUrl === undefined) {
    const key = keyEncryptionKey ?? ownKey(dataDir);
    const embedded = await startEmbeddedPostgres({ dataDir });
    return { url: embedded.url, keyEncryptionKey: key, embedded };
  }
  if (keyEncryptionKey === undefined)
    throw new StartError(
      'KEY_ENCRYPTION_KEY is not set, and with DATABASE_URL it must be: make one with `openssl rand -base64 32` and keep it as safe as the database.',
    );
  await reach(databaseUrl);
  return { url: databaseUrl, keyEncryptionKey };
}

/** The first start makes the key before the database, so a database without one has lost it. */
function ownKey(dataDir: DataDir): string {
  if (dataDir.read(KEY_FILE) === undefined && dataDir.read('pg-password') !== undefined)
    throw new StartError(
      `The key that seals the secrets in this database is missing: put ${dataDir.at(KEY_FILE)} back or set KEY_ENCRYPTION_KEY, or remove ${dataDir.path} to start with an empty database.`,
    );
  return dataDir.secret(KEY_FILE, () => randomBytes(32).toString('base64'));
}

async function reach(url: string): Promise<void> {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url))
    throw new StartError(
      'DATABASE_URL is not a PostgreSQL URL: it looks like postgresql://user:password@host:5432/database, or leave it out to use the embedded database.',
    );
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
  } catch (error) {
    const { host } = new URL(url);
    throw new StartError(
      `The database at ${host} cannot be used (${whyNot(error)}): start it or correct DATABASE_URL, or leave DATABASE_URL out to use the embedded database.`,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The server's own words where it answered (its codes say nothing to a reader), else the system's. */
function whyNot(error: unknown): string {
  const { code, message } = detailsOf(error);
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)
    ? (message ?? code)
    : reasonOf(error);
}
