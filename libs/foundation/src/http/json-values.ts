/** A member and where it stands. */
interface Path {
  readonly key: string;
  readonly parent: Path | undefined;
}

/**
 * Every value of a JSON value, itself included, in the order in which they were sent. Without recursion: a body may be
 * nested ten thousand times.
 */
export function* jsonValues(root: unknown): Generator<{ value: unknown; path: Path | undefined }> {
  const open: { value: unknown; path: Path | undefined }[] = [{ value: root, path: undefined }];
  for (let next = open.pop(); next; next = open.pop()) {
    yield next;
    if (typeof next.value !== 'object' || next.value === null) continue;
    for (const [key, value] of Object.entries(next.value).reverse())
      open.push({ value, path: { key, parent: next.path } });
  }
}

/** As a JSON Pointer (RFC 6901). */
export function pointerOf(path: Path | undefined): string {
  const parts: string[] = [];
  for (let at = path; at; at = at.parent)
    parts.unshift(`/${at.key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  return parts.join('');
}
