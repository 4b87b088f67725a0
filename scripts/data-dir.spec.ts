import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DataDir } from './data-dir.ts';

describe('DataDir', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'knogin-spec-'));
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  it('is refused while another holds it, and free again after release', () => {
    const directory = path.join(folder, 'locked');
    const first = DataDir.open(directory);

    expect(() => DataDir.open(directory)).toThrow(/^Another `npm start` is already using .*\.$/);

    first.release();
    DataDir.open(directory).release();
  });

  it('says in one sentence that the path cannot be used', () => {
    const file = path.join(folder, 'file');
    fs.writeFileSync(file, '');

    expect(() => DataDir.open(file)).toThrow(
      `The data directory ${file} cannot be read and written (EEXIST): fix its permissions, or set DATA_DIR to a directory that this user owns.`,
    );
  });

  it('keeps a secret once made, readable by its owner alone', () => {
    const dataDir = DataDir.open(path.join(folder, 'secrets'));

    const made = dataDir.secret('key', () => 'first');
    const again = dataDir.secret('key', () => 'second');

    expect([made, again]).toEqual(['first', 'first']);
    expect(fs.statSync(dataDir.at('key')).mode & 0o777).toBe(0o600);
    expect(fs.readdirSync(dataDir.path).toSorted()).toEqual(['key', 'start.lock']);
    dataDir.release();
  });
});
