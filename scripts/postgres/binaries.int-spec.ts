import fs from 'node:fs';
import path from 'node:path';
import { openFolder } from '../test/holder.ts';
import { findBinaries, shipped } from './binaries.ts';
import { runUser } from './run-user.ts';

describe('findBinaries', () => {
  const folder = openFolder();
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  it('uses the programs where npm put them, or a copy where they cannot be run', () => {
    const { native, version } = shipped();
    const broken = path.join(folder, 'closed', 'native');
    fs.cpSync(native, broken, { recursive: true, verbatimSymlinks: true });
    // What a checkout below root's home is for nobody, and a file without its x bit is for anybody.
    fs.chmodSync(path.join(broken, 'bin', 'postgres'), 0o600);

    const { postgres } = findBinaries(runUser(), () => folder, { native: broken, version });

    expect(postgres).toBe(path.join(folder, `native-${version}`, 'bin', 'postgres'));
    for (const entry of fs.readdirSync(path.join(folder, `native-${version}`)))
      expect(fs.statSync(path.join(folder, `native-${version}`, entry)).mode & 0o777).toBe(
        fs.statSync(path.join(folder, `native-${version}`, entry)).isDirectory() ? 0o755 : 0o644,
      );
  });
});
