import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DataDir } from '../data-dir.ts';
import { knownPrivateFolder, openPrivateFolder } from './private-folder.ts';

describe('openPrivateFolder', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'knogin-spec-'));
  const dataDir = DataDir.open(folder);
  const made: string[] = [];
  const open = (): string => {
    const directory = openPrivateFolder(dataDir, {});
    made.push(directory);
    return directory;
  };
  afterAll(() => {
    dataDir.release();
    for (const directory of [...made, folder])
      fs.rmSync(directory, { recursive: true, force: true });
  });

  it('is the same one the next time', () => {
    const first = open();

    expect(open()).toBe(first);
    expect(fs.statSync(first).mode & 0o777).toBe(0o711);
  });

  it.each([
    ['writable by others', (directory: string) => fs.chmodSync(directory, 0o777)],
    [
      'a link',
      (directory: string) => {
        fs.rmdirSync(directory);
        fs.symlinkSync(os.tmpdir(), directory);
      },
    ],
    ['gone', (directory: string) => fs.rmdirSync(directory)],
  ])('is not used again once it is %s', (_, spoil) => {
    const spoiled = open();
    spoil(spoiled);

    expect(knownPrivateFolder(dataDir.path)).toBeUndefined();
    expect(open()).not.toBe(spoiled);
  });
});
