import type { IncomingMessage } from 'node:http';
import type { BearerChallenge } from '#libs/foundation';

/**
 * The token of the Authorization header (RFC 6750 section 2.1). A token in the query is never accepted, and
 * beside one in the header it makes the request ambiguous (section 3.1).
 * @throws AppError missing_token, invalid_token, invalid_request
 */
export function presentedToken(request: IncomingMessage, challenge: BearerChallenge): string {
  const headers = countHeaders(request, 'authorization');
  const header = request.headers.authorization;
  if (headers > 1 || (headers === 1 && hasTokenInQuery(request))) throw challenge.ambiguousToken();
  if (header === undefined || !/^bearer( |$)/i.test(header)) throw challenge.missingToken();
  // "Bearer" 1*SP b64token
  const [, token] = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(header) ?? [];
  if (token === undefined) throw challenge.invalidToken('invalid_token');
  return token;
}

function hasTokenInQuery({ url = '' }: IncomingMessage): boolean {
  const start = url.indexOf('?');
  return start >= 0 && new URLSearchParams(url.slice(start)).has('access_token');
}

/** Node keeps only the first of several Authorization headers in `headers`. */
function countHeaders({ rawHeaders }: IncomingMessage, name: string): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const text = rawHeaders[at];
    if (text?.length === name.length && text.toLowerCase() === name) count += 1;
  }
  return count;
}
