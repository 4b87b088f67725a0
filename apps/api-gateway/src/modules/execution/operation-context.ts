import { Deadline } from './deadline.js';

/** What resolvers know of the request: everything from the verified token, nothing from a header. */
export interface OperationContext {
  tenantId: string;
  clientId: string;
  /** `usr_…`, or the client id of a machine token. */
  subject: string;
  scopes: ReadonlySet<string>;
  /** The caller's own bearer token, for our own public REST contract alone. */
  accessToken: string;
  requestId: string;
  /** The caller’s address through trusted proxies. */
  ip: string;
  deadline: Deadline;
}
