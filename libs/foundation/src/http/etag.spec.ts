import { assertIfMatch, EntityTags, etagOf } from './etag.js';

describe('If-Match', () => {
  const codeOf = (header: string | undefined, required = false): string => {
    try {
      assertIfMatch(header === undefined ? undefined : new EntityTags(header), 7, required);
      return 'passes';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it('passes with the current tag, with a list that holds it, and with *', () => {
    expect(etagOf(7)).toBe('"7"');
    expect(['"7"', '"6", "7"', '*'].map((header) => codeOf(header))).toEqual([
      'passes',
      'passes',
      'passes',
    ]);
  });

  it('fails with another tag and with a weak one: the comparison is strong', () => {
    expect(['"6"', 'W/"7"', '7', '"77"'].map((header) => codeOf(header))).toEqual([
      'etag_mismatch',
      'etag_mismatch',
      'etag_mismatch',
      'etag_mismatch',
    ]);
  });

  it('may be left out unless it is demanded', () => {
    expect([codeOf(undefined), codeOf(undefined, true)]).toEqual(['passes', 'if_match_required']);
  });
});
