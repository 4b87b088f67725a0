import { preferredLanguage } from './preferred-language.js';

describe('preferredLanguage', () => {
  it.each([
    [undefined, 'en'],
    ['de', 'de'],
    ['de-AT, en;q=0.5', 'de'],
    ['en-GB, de;q=0.9', 'en'],
    ['fr, de;q=0.1', 'de'],
    ['*', 'en'],
    ['de;q=nonsense', 'en'],
    ['en;q=0.5, de;q=0.9', 'de'],
    ['en;q=0, de;q=0.1', 'de'],
    ['de;q=0, en', 'en'],
    ['de;q=0', 'en'],
    ['en;q=0, *', 'de'],
    ['de, en', 'de'],
    ['en, de', 'en'],
    ['de, *', 'de'],
  ])('answers %j with %s', (header, language) => {
    expect(preferredLanguage(header)).toBe(language);
  });
});
