import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DataDir } from '../data-dir.ts';
import { freePort } from '../ports.ts';
import { openDatabase } from './database.ts';
import { readSettings } from './settings.ts';

describe('openDatabase', () => {
  const dataDir = DataDir.open(fs.mkdtempSync(path.join(os.tmpdir(), 'knogin-spec-')));
  afterAll(() => {
    dataDir.release();
    fs.rmSync(dataDir.path, { recursive: true });
  });
  const open = (environment: Record<string, string>): Promise<unknown> =>
    openDatabase(readSettings(environment, '/'), dataDir);

  it('wants a key-encryption key for a database of somebody else', async () => {
    await expect(open({ DATABASE_URL: 'postgresql://127.0.0.1/x' })).rejects.toThrow(
      'KEY_ENCRYPTION_KEY is not set, and with DATABASE_URL it must be: make one with `openssl rand -base64 32` and keep it as safe as the database.',
    );
  });

  it('says where it found no database, without the password', async () => {
    const port = await freePort();
    const url = `postgresql://user:hidden@127.0.0.1:${port}/x`;

    await expect(open({ DATABASE_URL: url, KEY_ENCRYPTION_KEY: 'key' })).rejects.toThrow(
      `The database at 127.0.0.1:${port} cannot be used (ECONNREFUSED): start it or correct DATABASE_URL, or leave DATABASE_URL out to use the embedded database.`,
    );
  });

  it('recognises what is no PostgreSQL URL', async () => {
    const url = 'mysql://127.0.0.1/x';

    await expect(open({ DATABASE_URL: url, KEY_ENCRYPTION_KEY: 'key' })).rejects.toThrow(
      /^DATABASE_URL is not a PostgreSQL URL: /,
    );
  });

  it('does not make a second key for a database whose key is lost', async () => {
    dataDir.write('pg-password', 'made by an earlier start');

    await expect(open({})).rejects.toThrow(/^The key that seals the secrets .* is missing: put /);
  });
});
