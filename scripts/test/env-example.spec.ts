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

describe('docker-compose.yml', () => {
  const text = fs.readFileSync(path.resolve(__dirname, '../../docker-compose.yml'), 'utf8');
  const [, app = ''] = /^x-app: &app\n([^]*?)^services:/m.exec(text) ?? [];
  const named = [...app.matchAll(/^ {4}([A-Z_]+): (.*)$/gm)].map(([, name = '', value = '']) => ({
    name,
    value,
  }));

  it('passes on every variable of .env, where there is one', () => {
    expect(app).toContain('  env_file:\n    - path: .env\n      required: false\n');
  });

  it('names variables that exist, and leaves to the operator what is not of its network', () => {
    expect(named.filter(({ name }) => !documented.has(name))).toEqual([]);
    const own = /^(DATABASE_|REDIS_URL|DATA_DIR|(AUTH|GATEWAY)_(OPERATOR_)?(HOST|PORT)|AUTH_URL)/;
    const fixed = named.filter(({ name, value }) => !value.includes(`\${${name}:`));
    expect(fixed.filter(({ name }) => !own.test(name))).toEqual([]);
  });

  it('gives the owner of the schema to the migration alone', () => {
    expect(app).toContain("DATABASE_MIGRATION_URL: ''");
  });
});
