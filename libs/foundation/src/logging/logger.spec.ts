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
});
