/** Makes the address of a page of ours; parameters without a value are left out. */
export type PageLink = (
  path: string,
  parameters?: Readonly<Record<string, string | undefined>>,
) => string;

/** Links that keep the language an app has asked for (`ui_locales`) from one page to the next. */
export function pageLinks(query: URLSearchParams): PageLink {
  const locales = query.get('ui_locales') ?? undefined;
  return (path, parameters = {}) => {
    const present = Object.entries({ ...parameters, ui_locales: locales }).flatMap(
      ([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]),
    );
    return present.length === 0 ? path : `${path}?${new URLSearchParams(present).toString()}`;
  };
}
