import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '#libs/foundation';
import { cliEnvironment } from './cli-environment.js';

describe('cliEnvironment', () => {
  const DATA_DIR = mkdtempSync(join(tmpdir(), 'knogin-cli-'));
  const file = join(DATA_DIR, 'runtime.json');
  afterAll(() => rmSync(DATA_DIR, { recursive: true }));

  it('is the caller’s own where nothing runs, and where DATABASE_URL is set', () => {
    expect(cliEnvironment({ DATA_DIR, A: 'b' })).toEqual({ DATA_DIR, A: 'b' });
    writeFileSync(file, 'damaged');
    const own = { DATA_DIR, DATABASE_URL: 'postgresql://elsewhere/db' };
    expect(cliEnvironment(own)).toBe(own);
  });

  it('is that of what runs on the same DATA_DIR', () => {
    const environment = { DATABASE_URL: 'postgresql://here/db' };
    writeFileSync(file, JSON.stringify({ ports: {}, environment }));
    expect(cliEnvironment({ DATA_DIR, DATABASE_URL: '' })).toEqual({ DATA_DIR, ...environment });
  });

  it('says in one sentence that runtime.json is damaged, and repeats nothing of it', () => {
    const secret = 'postgresql://user:hidden@here/db';
    for (const text of [
      '',
      `{"environment":{"DATABASE_URL":"${secret}"`,
      '{}',
      'null',
      `{"environment":["${secret}"]}`,
      '{"environment":{"DATABASE_URL":5}}',
    ]) {
      writeFileSync(file, text);
      let thrown: unknown;
      try {
        cliEnvironment({ DATA_DIR });
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(ConfigError);
      expect((thrown as Error).message).toMatch(/runtime\.json is not what `npm start` writes: /);
      expect((thrown as Error).message).not.toContain('hidden');
    }
  });
});
