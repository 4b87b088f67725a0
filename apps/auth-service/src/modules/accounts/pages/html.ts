/** Text that is HTML already; everything else is escaped. */
export class Html {
  constructor(readonly text: string) {}
}

type Fragment = string | number | Html | undefined | readonly Fragment[];

/** Builds HTML; every value that is not `Html` is escaped, for text and for quoted attributes alike. */
export function html(parts: TemplateStringsArray, ...values: readonly Fragment[]): Html {
  const text = parts.map((part, index) => part + toText(values[index])).join('');
  return new Html(text);
}

function toText(value: Fragment): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map((item) => toText(item)).join('');
  return String(value)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
