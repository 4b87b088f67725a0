/** The short name of a tenant as somebody has typed it; a blank field names none. */
export function organisationOf(text: string | undefined): string | undefined {
  return text?.trim().toLowerCase() || undefined;
}
