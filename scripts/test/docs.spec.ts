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
