import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');
const documents = ['*.md', 'docs/**/*.md', 'bench/**/*.md'].flatMap((pattern) =>
  fs.globSync(pattern, { cwd: root }),
);
const { scripts } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

describe.each(documents)('%s', (document) => {
  const text = fs.readFileSync(path.join(root, document), 'utf8');
  const matches = (pattern: RegExp): string[] =>
    [...text.matchAll(pattern)].map(([, match]) => match ?? '');

  it('links to files that exist', () => {
    const links = matches(/\]\(([^)#]+)/g).filter((link) => !/^[a-z]+:/.test(link));

    const broken = links.filter(
      (link) => !fs.existsSync(path.join(root, path.dirname(document), link)),
    );

    expect(broken).toEqual([]);
  });

  it('names files and folders that exist', () => {
    const named = matches(/`((?:apps|libs|docs|bundles|schema|scripts|bench)\/[\w./-]+)`/g);

    expect(named.filter((name) => !fs.existsSync(path.join(root, name)))).toEqual([]);
  });

  it('names npm scripts that exist', () => {
    const named = matches(/npm run (?:--silent )?([a-z][a-z:]*)/g);

    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});

it.each(fs.globSync('docs/adr/*.md', { cwd: root }))(
  '%s has its number in its title',
  (document) => {
    const number = Number(path.basename(document).slice(0, 4));

    expect(fs.readFileSync(path.join(root, document), 'utf8')).toMatch(`# ${number}. `);
  },
);

describe('docs/operations.md', () => {
  const operations = fs.readFileSync(path.join(root, 'docs/operations.md'), 'utf8');

  it('says what to do about every line that wakes somebody', () => {
    const sources = fs
      .globSync('{apps,libs}/*/src/**/*.ts', { cwd: root })
      .filter((file) => !file.endsWith('spec.ts'))
      .map((file) => fs.readFileSync(path.join(root, file), 'utf8'));
    const lines = sources.flatMap((source) =>
      [...source.matchAll(/logger\??\.error\([^;]*?'([^']+)',?\s*\)/g)].map(([, line]) => line),
    );

    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => !operations.includes(`\`${line ?? ''}\``))).toEqual([]);
  });

  it('names commands that exist', () => {
    const commands = fs
      .globSync('apps/auth-service/src/modules/ops/cli/**/*.ts', { cwd: root })
      .flatMap((file) => [
        ...fs.readFileSync(path.join(root, file), 'utf8').matchAll(/name = '([^']+)'/g),
      ])
      .map(([, name]) => name);
    const named = [...operations.matchAll(/npm run --silent cli -- ([a-z-]+(?: [a-z-]+)?)/g)].map(
      ([, words = '']) => words,
    );

    expect(
      named.filter((words) => !commands.some((name) => `${words} `.startsWith(`${name} `))),
    ).toEqual([]);
  });
});
