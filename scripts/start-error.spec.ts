import { reasonOf } from './start-error.ts';

describe('reasonOf', () => {
  it("prefers the system's word to the message", () => {
    expect(reasonOf(Object.assign(new Error('permission denied'), { code: 'EACCES' }))).toBe(
      'EACCES',
    );
  });

  it('falls back on the message, then on the value itself', () => {
    expect(reasonOf(new Error('no such host'))).toBe('no such host');
    expect(reasonOf('no such host')).toBe('no such host');
  });
});
