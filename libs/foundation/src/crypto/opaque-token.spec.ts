import { createOpaqueToken, isOpaqueToken } from './opaque-token.js';

describe('opaque tokens', () => {
  it('match the published expression and carry a checksum', () => {
    const made = Array.from({ length: 200 }, () => createOpaqueToken('cs'));
    for (const token of made) {
      expect(token).toMatch(/^kng_(cs|rt|ac)_[0-9A-Za-z]{49}$/);
      expect(isOpaqueToken('cs', token)).toBe(true);
    }
    expect(new Set(made).size).toBe(200);
  });

  it('are refused with another kind, a changed character or another length', () => {
    const token = createOpaqueToken('cs');
    const other = token.endsWith('A') ? 'B' : 'A';
    expect(isOpaqueToken('rt', token)).toBe(false);
    expect(isOpaqueToken('cs', token.slice(0, -1) + other)).toBe(false);
    expect(isOpaqueToken('cs', `${token}A`)).toBe(false);
    expect(isOpaqueToken('cs', '')).toBe(false);
  });
});
