import type { ClientAuthMethod, GrantType, PlatformApp } from '#libs/entities';
import { AppError, type FieldError } from '#libs/foundation';
import type { EffectivePolicy } from '../governance/effective-policy.js';
import { redirectUriProblem } from './redirect-uri.js';

type Subject = Pick<
  PlatformApp,
  'grantTypes' | 'redirectUris' | 'applicationType' | 'tokenEndpointAuthMethod' | 'jwks'
>;

/** Whether the app authenticates with a client secret. */
export function usesSecret(method: ClientAuthMethod | null): boolean {
  return method !== 'none' && method !== 'private_key_jwt';
}

/**
 * How an app registered for a method may authenticate. `client_secret_basic` is the default (RFC 7591 section 2) and
 * takes the secret in the body as well; an app that wants the one way alone is governed by `allowed_auth_methods`.
 */
export function acceptedMethods(method: ClientAuthMethod | null): readonly ClientAuthMethod[] {
  return method === null || method === 'client_secret_basic'
    ? ['client_secret_basic', 'client_secret_post']
    : [method];
}

/**
 * Holds an app, new or changed, against the rules of registration and its effective policy.
 * @throws AppError validation_failed, invalid_redirect_uri
 */
export function assertRegistrable(app: Subject, policy: EffectivePolicy): void {
  const errors = [...grantProblems(app, policy), ...authMethodProblems(app, policy)];
  if (errors.length > 0)
    throw new AppError('validation_failed', {
      detail: 'Correct the members named in errors.',
      errors,
    });
  const uriErrors = app.redirectUris.flatMap((uri, index) => {
    const message = redirectUriProblem(uri, { applicationType: app.applicationType, policy });
    return message === undefined
      ? []
      : [{ pointer: `/redirect_uris/${index}`, code: 'invalid_redirect_uri', message }];
  });
  if (uriErrors.length > 0)
    throw new AppError('invalid_redirect_uri', {
      detail: 'Correct the redirect URIs named in errors.',
      errors: uriErrors,
    });
}

function grantProblems(app: Subject, policy: EffectivePolicy): FieldError[] {
  const has = (grant: GrantType): boolean => app.grantTypes.includes(grant);
  const errors = app.grantTypes.flatMap((grant, index) =>
    policy.allowedGrantTypes === null || policy.allowedGrantTypes.includes(grant)
      ? []
      : [
          problem(
            `/grant_types/${index}`,
            'not_allowed',
            'The governance does not allow this grant.',
          ),
        ],
  );
  if (has('refresh_token') && !has('authorization_code'))
    errors.push(problem('/grant_types', 'incomplete', 'refresh_token needs authorization_code.'));
  if (has('authorization_code') && app.redirectUris.length === 0)
    errors.push(
      problem('/redirect_uris', 'required', 'authorization_code needs at least one redirect URI.'),
    );
  if (has('client_credentials') && app.tokenEndpointAuthMethod === 'none')
    errors.push(
      problem(
        '/token_endpoint_auth_method',
        'not_confidential',
        'client_credentials needs a confidential client (RFC 6749 section 4.4).',
      ),
    );
  return errors;
}

function authMethodProblems(app: Subject, policy: EffectivePolicy): FieldError[] {
  const pointer = '/token_endpoint_auth_method';
  const method = app.tokenEndpointAuthMethod;
  const allowed = policy.allowedAuthMethods;
  const fits = allowed === null || acceptedMethods(method).some((each) => allowed.includes(each));
  const errors = fits
    ? []
    : [problem(pointer, 'not_allowed', 'The governance does not allow this method.')];
  if ((method === 'private_key_jwt') !== (app.jwks !== null))
    errors.push(problem('/jwks', 'mismatch', 'Send jwks with private_key_jwt, and only with it.'));
  return errors;
}

function problem(pointer: string, code: string, message: string): FieldError {
  return { pointer, code, message };
}
