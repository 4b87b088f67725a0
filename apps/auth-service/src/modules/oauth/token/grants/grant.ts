import type { GrantType } from '#libs/entities';
import { type FormParameters, type RequestFacts } from '#libs/foundation';
import type { AuthenticatedClient } from '../../client-authentication/client-authentication.js';
import type { TokenResponse } from '../token-response.js';

export interface GrantRequest {
  client: AuthenticatedClient;
  form: FormParameters;
  facts: RequestFacts;
}

/** One way to get a token: one file, one line in the registry. */
export interface Grant {
  readonly grantType: GrantType;
  /** @throws OAuthError */
  issue(request: GrantRequest): Promise<TokenResponse>;
}
