import { OAuthError } from '#libs/foundation';
import { assertGrantAllowed } from '../../client-authentication/client-policy.js';
import { isChallenge } from '../../token/pkce.js';
import type { TrustedRequest } from '../authorize-request.js';

/** One rule of an authorization request. @throws OAuthError, which is redirected to the client */
export type RequestCheck = (request: TrustedRequest) => void;

const longestState = 2_048;

const noRepeatedParameter: RequestCheck = ({ parameters }) => {
  if (parameters.hasRepeated())
    throw new OAuthError('invalid_request', 'A parameter was sent twice.');
};

const stateIsShort: RequestCheck = ({ parameters }) => {
  if ((parameters.get('state')?.length ?? 0) > longestState)
    throw new OAuthError('invalid_request', `The state is longer than ${longestState} characters.`);
};

/** RFC 9101 is not supported, and must not be passed over in silence (section 6.3). */
const noRequestObject: RequestCheck = ({ parameters }) => {
  if (parameters.get('request') !== undefined)
    throw new OAuthError('request_not_supported', 'Request objects are not supported.');
  if (parameters.get('request_uri') !== undefined)
    throw new OAuthError('request_uri_not_supported', 'Request objects are not supported.');
};

const responseTypeIsCode: RequestCheck = ({ parameters }) => {
  const type = parameters.get('response_type');
  if (type === undefined)
    throw new OAuthError('invalid_request', 'The parameter response_type is missing.');
  if (type !== 'code')
    throw new OAuthError('unsupported_response_type', 'The only response type is code.');
};

const responseModeIsQuery: RequestCheck = ({ parameters }) => {
  if ((parameters.get('response_mode') ?? 'query') !== 'query')
    throw new OAuthError('invalid_request', 'The only response mode is query.');
};

const clientIsActive: RequestCheck = ({ client }) => {
  if (client.policy.status !== 'active')
    throw new OAuthError('unauthorized_client', 'The client is suspended.');
};

const clientHasGrant: RequestCheck = ({ client }) =>
  assertGrantAllowed(client, 'authorization_code');

/** RFC 7636 section 4.3: no method means plain, which is refused like every method but S256. */
const pkceIsSound: RequestCheck = ({ parameters, client }) => {
  const challenge = parameters.get('code_challenge');
  const method = parameters.get('code_challenge_method');
  if (challenge === undefined) {
    if (method !== undefined || client.policy.enforcePkce)
      throw new OAuthError('invalid_request', 'The parameter code_challenge is missing.');
    return;
  }
  if (method !== 'S256')
    throw new OAuthError('invalid_request', 'The code_challenge_method must be S256.');
  if (!isChallenge(challenge))
    throw new OAuthError(
      'invalid_request',
      'The code_challenge must have 43 to 128 characters of A-Z a-z 0-9 - . _ ~.',
    );
};

const knownPrompts = ['none', 'login', 'consent'];

const promptIsKnown: RequestCheck = ({ prompts }) => {
  const known = [...prompts].every((prompt) => knownPrompts.includes(prompt));
  if (!known || (prompts.has('none') && prompts.size > 1))
    throw new OAuthError('invalid_request', 'The prompt is not supported.');
};

/** RFC 6749 appendix A: no parameter may hold it; PostgreSQL stores no text with it. */
const nonceIsText: RequestCheck = ({ parameters }) => {
  if (parameters.get('nonce')?.includes('\0'))
    throw new OAuthError('invalid_request', 'The nonce holds the character U+0000.');
};

const maxAgeIsNumber: RequestCheck = ({ parameters }) => {
  if (!/^\d{1,9}$/.test(parameters.get('max_age') ?? '0'))
    throw new OAuthError('invalid_request', 'The max_age is not a number of seconds.');
};

/** In the order they are made (RFC 6749 section 4.1.2.1); the first that fails is told. */
export const requestChecks: readonly RequestCheck[] = [
  noRepeatedParameter,
  stateIsShort,
  noRequestObject,
  responseTypeIsCode,
  responseModeIsQuery,
  clientIsActive,
  clientHasGrant,
  pkceIsSound,
  promptIsKnown,
  nonceIsText,
  maxAgeIsNumber,
];
