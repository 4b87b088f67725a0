import { compareVersions, inVersionRange } from './version-range.js';

describe('versions', () => {
  it.each([
    ['1.0.0', '1.x', true],
    ['1.12.3', '1.x', true],
    ['10.0.0', '1.x', false],
    ['2.0.0', '1.x', false],
    ['1.2.9', '1.2.x', true],
    ['1.20.0', '1.2.x', false],
    ['1.2.3', '1.2.3', true],
    ['1.2.30', '1.2.3', false],
  ])('%s in %s: %s', (version, range, expected) => {
    expect(inVersionRange(version, range)).toBe(expected);
  });

  it('orders by number, not by text', () => {
    expect(['1.10.0', '1.9.1', '1.9.0', '0.99.0'].sort(compareVersions)).toEqual([
      '0.99.0',
      '1.9.0',
      '1.9.1',
      '1.10.0',
    ]);
  });
});
