/**
 * Something the person at the terminal can mend. The message is one sentence that says what to do; it is printed
 * alone, without a stack.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** The system's word for why a call failed (`EACCES`), or the message where there is none. */
export function reasonOf(error: unknown): string {
  const { code, message } = detailsOf(error);
  return typeof code === 'string' && !code.startsWith('ERR_') ? code : (message ?? String(error));
}

/** By shape and not by `instanceof`: under Jest the system's errors are of another realm. */
export function detailsOf(error: unknown): {
  readonly code?: unknown;
  readonly errcode?: unknown;
  readonly message?: string;
} {
  return typeof error === 'object' && error !== null ? error : {};
}
