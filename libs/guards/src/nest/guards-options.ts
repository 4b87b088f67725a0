/** What a resource server is called in tokens. */
export abstract class GuardsOptions {
  /** Who signs the tokens: an https URL without a trailing slash. */
  abstract readonly issuer: string;
  /** The resource this app is, as `aud` names it. */
  abstract readonly audience: string;
  /** The audience of operator tokens; no client can request it. */
  abstract readonly operatorAudience: string;
}

export const OPERATOR_AUDIENCE = 'urn:knogin:operator';
