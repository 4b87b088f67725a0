import fs from 'node:fs';
import path from 'node:path';
import { gatewayEnvironment } from '../../apps/api-gateway/src/config.ts';
import { authEnvironment } from '../../apps/auth-service/src/config.ts';

const lines = fs.readFileSync(path.resolve(__dirname, '../../.env.example'), 'utf8').split('\n');
const documented = new Map(
  lines
    .map((line) => /^([A-Z_]+)=(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, name = '', value = '']) => [name, value]),
);
const read = { ...authEnvironment.shape, ...gatewayEnvironment.shape };

describe('.env.example', () => {
  it('documents exactly the variables that the apps read', () => {
    expect([...documented.keys()].toSorted()).toEqual(Object.keys(read).toSorted());
  });

  it('has a comment above every variable or pair of variables', () => {
    const bare = lines.filter((line, index) => /^[A-Z]/.test(line) && lines[index - 1] === '');

    expect(bare).toEqual([]);
  });

  it.each(Object.entries(read).filter(([name]) => documented.get(name) !== ''))(
    'gives the default of %s',
    (name, schema) => {
      expect(schema.parse(documented.get(name))).toEqual(schema.parse(undefined));
    },
  );
});
