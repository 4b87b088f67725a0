import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');

/** A small tree of the same shape, with one file for each rule that breaks it. */
const planted: Readonly<Record<string, { file: string; imports: string }>> = {
  'foundation-is-the-ground': { file: 'libs/foundation/src/up.ts', imports: '#libs/guards' },
  'lib-guards': { file: 'libs/guards/src/across.ts', imports: '#libs/entities' },
  'nothing-points-up': {
    file: 'libs/guards/src/app.ts',
    imports: '../../../apps/auth-service/src/main.js',
  },
  'apps-apart': {
    file: 'apps/api-gateway/src/reach.ts',
    imports: '../../auth-service/src/main.js',
  },
  'feature-identity': {
    file: 'apps/auth-service/src/modules/identity/left.ts',
    imports: '../oauth/index.js',
  },
  'feature-door-auth-service': {
    file: 'apps/auth-service/src/modules/oauth/side-door.ts',
    imports: '../identity/inner.js',
  },
  'libs-by-their-door': {
    file: 'apps/auth-service/src/deep.ts',
    imports: '../../../libs/guards/src/inner.js',
  },
  'testing-for-specs': { file: 'apps/auth-service/src/fake.ts', imports: '#libs/testing' },
  'no-circular': { file: 'libs/egress/src/circle.ts', imports: './index.js' },
};

const sound = [
  'libs/foundation/src/index.ts',
  'libs/guards/src/index.ts',
  'libs/guards/src/inner.ts',
  'libs/entities/src/index.ts',
  'libs/egress/src/index.ts',
  'libs/testing/src/index.ts',
  'apps/auth-service/src/main.ts',
  'apps/auth-service/src/modules/identity/index.ts',
  'apps/auth-service/src/modules/identity/inner.ts',
  'apps/auth-service/src/modules/oauth/index.ts',
  'apps/api-gateway/src/main.ts',
];

describe('the dependency rules', () => {
  let tree: string;

  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    writeFileSync(join(tree, file), text);
  };

  const violatedRules = (): string[] => {
    const cli = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [cli, 'apps', 'libs', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'],
      { cwd: tree, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
    );
    if (stdout === '') throw new Error(stderr);
    const { summary } = JSON.parse(stdout) as {
      summary: { violations: { rule: { name: string } }[] };
    };
    return [...new Set(summary.violations.map(({ rule }) => rule.name))].sort();
  };

  beforeEach(() => {
    tree = mkdtempSync(join(tmpdir(), 'dependency-canary-'));
    for (const file of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs']) {
      cpSync(join(root, file), join(tree, file));
    }
    for (const file of sound) write(file, 'export const sound = true;\n');
  });

  afterEach(() => rmSync(tree, { recursive: true, force: true }));

  it('find nothing in a sound tree', () => {
    write('libs/guards/src/index.ts', "export * from '#libs/foundation';\n");
    write('apps/auth-service/src/main.ts', "export * from '#libs/guards';\n");
    expect(violatedRules()).toEqual([]);
  });

  it('find every planted violation', () => {
    for (const { file, imports } of Object.values(planted)) {
      write(file, `export * from '${imports}';\n`);
    }
    write('libs/egress/src/index.ts', "export * from './circle.js';\n");
    expect(violatedRules()).toEqual(expect.arrayContaining(Object.keys(planted)));
  });
});
