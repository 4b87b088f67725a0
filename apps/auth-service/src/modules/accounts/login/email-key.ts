/** An address as accounts are found by it; longer than any real one is cut. */
export function emailKeyOf(email: string | undefined): string {
  return (email ?? '').trim().toLowerCase().slice(0, 254);
}
