/**
 * German or English, whichever the caller prefers (RFC 9110 section 12.5.4): of two wishes with one weight the first
 * that is named; English where neither is.
 */
export function preferredLanguage(acceptLanguage: string | undefined): 'de' | 'en' {
  const wishes = (acceptLanguage ?? '').split(',').map((part) => {
    const [tag = '', ...parameters] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    return { language: tag.split('-', 1)[0], weight: weight === undefined ? 1 : Number(weight) };
  });
  const weightOf = (language: string): number => {
    const named = wishes.find((wish) => wish.language === language);
    // What is no number weighs nothing.
    return (named ?? wishes.find((wish) => wish.language === '*'))?.weight || 0;
  };
  const [de, en] = [weightOf('de'), weightOf('en')];
  if (de !== en) return de > en ? 'de' : 'en';
  const first = wishes.find(({ language }) => language === 'de' || language === 'en');
  return de > 0 && first?.language === 'de' ? 'de' : 'en';
}
