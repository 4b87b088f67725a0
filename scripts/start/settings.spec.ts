import { readSettings } from './settings.ts';

describe('readSettings', () => {
  it('starts an embedded database on the documented ports by default', () => {
    const settings = readSettings({}, '/repository');

    expect(settings.dataDir).toBe('/repository/.data');
    expect(settings.databaseUrl).toBeUndefined();
    expect(settings.ports.map(({ variable, port }) => [variable, port])).toEqual([
      ['AUTH_PORT', 3001],
      ['AUTH_OPERATOR_PORT', 3011],
      ['GATEWAY_PORT', 3002],
      ['GATEWAY_OPERATOR_PORT', 3012],
    ]);
  });

  it('takes an empty variable for an absent one', () => {
    expect(readSettings({ DATABASE_URL: '', AUTH_PORT: '' }, '/')).toEqual(readSettings({}, '/'));
  });

  it.each(['80a', '-1', '65536', '1.5'])('refuses %s as a port', (port) => {
    expect(() => readSettings({ AUTH_PORT: port }, '/')).toThrow(
      'AUTH_PORT is not a port: set it to a number from 0 to 65535.',
    );
  });
});
