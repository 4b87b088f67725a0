/** German or English, whichever the caller prefers (RFC 9110 section 12.5.4); English where neither is named. */
export function preferredLanguage(acceptLanguage: string | undefined): 'de' | 'en' {
  const wishes = (acceptLanguage ?? '').split(',').map((part) => {
    const [tag = '', ...parameters] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    return { language: tag.split('-', 1)[0], weight: weight === undefined ? 1 : Number(weight) };
  });
  const weightOf = (language: string): number =>
    Math.max(0, ...wishes.filter((wish) => wish.language === language).map(({ weight }) => weight));
  return weightOf('de') > weightOf('en') ? 'de' : 'en';
}
