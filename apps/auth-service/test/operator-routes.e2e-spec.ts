import { readFileSync } from 'node:fs';
import { AuthApp } from './support/auth-app.js';

describe('the operator API', () => {
  it('is documented route by route with its scope', async () => {
    const app = await AuthApp.start();
    const published = app.http.routes
      .list()
      .flatMap(({ method, path, access }) =>
        access.kind === 'operator' ? [`${method} ${path} ${access.scope}`] : [],
      );
    await app.stop();
    const row = /^\| `(\w+) (\/v1\/[^`]+)` +\| `(operator:\w+)` +\|/;
    const documented = readFileSync('docs/operations.md', 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [, method, path, scope] = row.exec(line) ?? [];
        return method ? [`${method} ${path?.replaceAll(/\{(\w+)\}/g, ':$1')} ${scope}`] : [];
      });
    expect(documented.sort()).toEqual(published.sort());
  });
});
