import type { IncomingMessage } from 'node:http';
import type { BearerChallenge } from '#libs/foundation';

/**
 * The token of the Authorization header (RFC 6750 section 2.1). A token in the query is never accepted, and
 * beside one in the header it makes the request ambiguous (section 3.1).
 * @throws AppError missing_token, invalid_token, invalid_request
 */
export function presentedToken(request: IncomingMessage, challenge: BearerChallenge): string {
  const query = new URLSearchParams((request.url ?? '').split('?', 2)[1] ?? '');
  const headers = countHeaders(request, 'authorization');
  const header = request.headers.authorization;
  if (headers > 1 || (headers === 1 && query.has('access_token'))) throw challenge.ambiguousToken();
  if (header === undefined || !/^bearer( |$)/i.test(header)) throw challenge.missingToken();
  const token = header.slice('bearer '.length);
  // b64token of RFC 6750 section 2.1
  if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(token)) throw challenge.invalidToken('invalid_token');
  return token;
}

function countHeaders(request: IncomingMessage, name: string): number {
  return request.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === name)
    .length;
}
