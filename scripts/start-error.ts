/**
 * Something the person at the terminal can mend. The message is one sentence that says what to do; it is printed
 * alone, without a stack.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** The system's word for why a call failed (`EACCES`), or the message where there is none. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
