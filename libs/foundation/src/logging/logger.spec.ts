import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { createLogger } from './logger.js';

function capture(): { lines: string[]; destination: Writable } {
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  return { lines, destination };
}

describe('createLogger', () => {
  it('censors members that are secrets by name, one level deep included', () => {
    const { lines, destination } = capture();
    const logger = createLogger({ name: 'test', level: 'info', destination });
    const form = { code: 'c-1', state: 'kept' };
    logger.info({ token: 't-1', form, number: 1 }, 'said');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      token: '[redacted]',
      form: { code: '[redacted]', state: 'kept' },
      number: 1,
      msg: 'said',
    });
    expect(form.code).toBe('c-1');
  });

  it('keeps errors with their stack', () => {
    const { lines, destination } = capture();
    createLogger({ name: 'test', level: 'info', destination }).error(
      { err: new Error('broken') },
      'x',
    );
    expect(JSON.parse(lines[0] ?? '').err).toMatchObject({ type: 'Error', message: 'broken' });
  });

  it('has written every line when the process ends', () => {
    const module = JSON.stringify(join(import.meta.dirname, 'logger.ts'));
    const code = `import { createLogger } from ${module};
      const logger = createLogger({ name: 'test', level: 'info' });
      for (let number = 0; number < 500; number++) logger.info({ number }, 'größer');
      process.exit(0);`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', code]).toString();
    const lines = output.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).number)).toEqual([...Array(500).keys()]);
    expect(JSON.parse(lines.at(-1) ?? '').msg).toBe('größer');
  });
});
