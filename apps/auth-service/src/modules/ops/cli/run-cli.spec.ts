import net from 'node:net';
import { AppError, ConfigError } from '#libs/foundation';
import { machineUser } from './person-name.js';
import { describeFailure } from './run-cli.js';

describe('describeFailure', () => {
  it('has a sentence for a database that refuses on every address of its name', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as net.AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const lookup: net.LookupFunction = (_name, _options, callback) =>
      callback(
        null,
        ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 })),
      );
    const error = await new Promise((resolve) =>
      net
        .connect({ host: 'localhost', port, lookup, autoSelectFamily: true })
        .once('error', resolve),
    );

    expect(error).toMatchObject({ name: 'AggregateError', message: '' });
    expect(describeFailure(error)).toBe(
      'The database cannot be reached (ECONNREFUSED): check that DATABASE_URL is right and that PostgreSQL is running.',
    );
  });

  it('names each place, and never says nothing', () => {
    const errors = [{ pointer: '/slug', code: 'taken', message: 'Choose another.' }];
    expect(describeFailure(new AppError('validation_failed', { detail: 'No.', errors }))).toBe(
      'No.\n  /slug: Choose another. (taken)',
    );
    expect(describeFailure(new ConfigError('Set it.'))).toBe('Set it.');
    expect(describeFailure(new RangeError(''))).toBe('RangeError');
  });
});

it('names a user that has no name by its number', () => {
  const nameless = (): never => {
    throw new Error('uv_os_get_passwd returned ENOENT');
  };

  expect(machineUser(nameless)).toBe(`uid-${process.getuid?.()}`);
});
