import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { TestDatabase } from '../libs/testing/src/test-database.ts';
import { compile } from './test/started.ts';

const redisUrl = process.env['REDIS_URL'];

function demo(environment: Record<string, string>): { status: number | null; lastLine: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(__dirname, 'demo.ts')],
    { encoding: 'utf8', env: { PATH: process.env['PATH'], ...environment } },
  );
  const lastLine = stdout.trimEnd().split('\n').at(-1) ?? '';
  return { status, lastLine: lastLine === '' ? stderr : lastLine };
}

jest.setTimeout(180_000);

describe('npm run demo', () => {
  beforeAll(() => compile());

  it('proves every step on the embedded default', () => {
    expect(demo({})).toEqual({
      status: 0,
      lastLine: expect.stringMatching(/^14 steps proven, 0 failed/),
    });
  });

  (redisUrl ? it : it.skip)(
    'proves every step on a PostgreSQL and a Redis of somebody else',
    async () => {
      const database = await TestDatabase.create();

      const outcome = demo({
        DATABASE_URL: database.url,
        REDIS_URL: redisUrl ?? '',
        KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
      });

      await database.drop();
      expect(outcome).toEqual({
        status: 0,
        lastLine: expect.stringMatching(/^14 steps proven, 0 failed/),
      });
    },
    120_000,
  );
});
