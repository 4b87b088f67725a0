import type { IncomingMessage } from 'node:http';
import { type FormParameters, OAuthError } from '#libs/foundation';

/** How a client presented itself (RFC 6749 section 2.3, RFC 7523 section 2.2). */
export type PresentedClient =
  | {
      method: 'client_secret_basic' | 'client_secret_post';
      clientId: string;
      secret: string;
    }
  | { method: 'private_key_jwt'; clientId: string | undefined; assertion: string }
  | { method: 'none'; clientId: string };

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** One answer for every failure, so that unknown, wrong, expired and revoked look alike. */
export function invalidClient(cause?: unknown): OAuthError {
  return new OAuthError('invalid_client', 'Client authentication failed.', {
    headers: { 'WWW-Authenticate': 'Basic realm="knogin"' },
    cause,
  });
}

/** @throws OAuthError invalid_request when more than one method is used, invalid_client when none is usable */
export function presentedClient(request: IncomingMessage, form: FormParameters): PresentedClient {
  const headers = request.rawHeaders.filter(
    (text, index) => index % 2 === 0 && text.toLowerCase() === 'authorization',
  ).length;
  const assertion = form.get('client_assertion') ?? form.get('client_assertion_type');
  const secret = form.get('client_secret');
  const methods = headers + (assertion === undefined ? 0 : 1) + (secret === undefined ? 0 : 1);
  if (methods > 1)
    throw new OAuthError('invalid_request', 'Use exactly one client authentication method.');
  const clientId = form.get('client_id');
  if (headers === 1) return basic(request.headers.authorization ?? '', clientId);
  if (assertion !== undefined) {
    if (form.get('client_assertion_type') !== assertionType)
      throw new OAuthError('invalid_request', 'The client_assertion_type is not supported.');
    return { method: 'private_key_jwt', clientId, assertion: form.require('client_assertion') };
  }
  if (clientId === undefined) throw invalidClient();
  if (secret !== undefined) return { method: 'client_secret_post', clientId, secret };
  return { method: 'none', clientId };
}

/** RFC 6749 section 2.3.1: both halves are form-encoded; the first colon divides them. */
function basic(header: string, bodyClientId: string | undefined): PresentedClient {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(header) ?? [];
  if (encoded === undefined) throw invalidClient();
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) throw invalidClient();
  const clientId = decodeForm(text.slice(0, colon));
  if (clientId.includes('\0')) throw invalidClient();
  if (bodyClientId !== undefined && bodyClientId !== clientId) throw invalidClient();
  return { method: 'client_secret_basic', clientId, secret: decodeForm(text.slice(colon + 1)) };
}

function decodeForm(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (cause) {
    throw invalidClient(cause);
  }
}
