import type { BearerChallenge } from '#libs/foundation';
import { carriesScope } from '#libs/guards';
import type { Exchange, Step } from '../exchange.js';
import { refusal, type Refusal } from '../refusal.js';

/** A grant never widens a token: it must carry the scopes itself. Who gets here holds the bundle and may know them. */
export function scopeStep(challenge: BearerChallenge): Step {
  return {
    name: 'scope',
    run({ operation, token }: Exchange): Refusal | undefined {
      const { requiredScopes } = operation;
      if (requiredScopes.every((scope) => carriesScope(token.scopes, scope))) return undefined;
      const { headers } = challenge.insufficientScope(requiredScopes.join(' '));
      return refusal('INSUFFICIENT_SCOPE', { required_scopes: requiredScopes }, headers);
    },
  };
}
