import {
  compareVersions,
  inVersionRange,
  isVersionRange,
  versionRangesMeet,
} from './version-range.js';

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

  it.each([
    ['1.x', true],
    ['1.2.x', true],
    ['1.2.3', true],
    ['^1', false],
    ['1', false],
    ['1.x.x', false],
    ['01.x', false],
    ['*', false],
  ])('%s is a range: %s', (text, expected) => {
    expect(isVersionRange(text)).toBe(expected);
  });

  it.each([
    ['1.x', '1.x', true],
    ['1.x', '1.2.3', true],
    ['1.2.x', '1.x', true],
    ['1.2.x', '1.20.x', false],
    ['1.x', '2.x', false],
    ['1.2.3', '1.2.4', false],
  ])('%s and %s have a version in common: %s', (a, b, expected) => {
    expect(versionRangesMeet(a, b)).toBe(expected);
    expect(versionRangesMeet(b, a)).toBe(expected);
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
