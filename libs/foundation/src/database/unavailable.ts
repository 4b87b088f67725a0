/** Node's codes for a server that cannot be reached, or went away. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** PostgreSQL: connection exception, insufficient resources, shutdown or recovery (appendix A of its manual). */
const sqlStates = /^(08...|53...|57P0[1235])$/;

/** What `pg` says without a code when a connection broke or went silent, or none came free. */
const messages =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** The database went away while it was to commit: nobody knows whether the changes were made. */
export class CommitUnknown extends Error {
  constructor(cause: unknown) {
    super('the database went away during a commit', { cause });
    this.name = 'CommitUnknown';
  }
}

/** Whether a statement failed because the database cannot be reached, and may do later: not for what it says. */
export function isDatabaseAway(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if (error instanceof CommitUnknown) return true;
  const { code, message } = ('driverError' in error ? error.driverError : error) as {
    code?: unknown;
    message?: unknown;
  };
  if (typeof code === 'string') return networkCodes.has(code) || sqlStates.test(code);
  return messages.test(String(message));
}
