import type { Exchange, Step } from '../exchange.js';
import { refusal, type Refusal } from '../refusal.js';

/** A grant never widens a token: it must carry the scopes itself. Who gets here holds the bundle and may know them. */
export const scopeStep: Step = {
  name: 'scope',
  run({ operation, token }: Exchange): Refusal | undefined {
    const { requiredScopes } = operation;
    if (requiredScopes.every((scope) => carries(token.scopes, scope))) return undefined;
    const challenge = `Bearer realm="knogin", error="insufficient_scope", scope="${requiredScopes.join(' ')}"`;
    return refusal(
      'INSUFFICIENT_SCOPE',
      { required_scopes: requiredScopes },
      { 'WWW-Authenticate': challenge },
    );
  },
};

/** `webhooks:write` implies `webhooks:read` (webhooks.md section 1), and so on for each pair of that form. */
function carries(scopes: ReadonlySet<string>, scope: string): boolean {
  if (scopes.has(scope)) return true;
  return scope.endsWith(':read') && scopes.has(`${scope.slice(0, -':read'.length)}:write`);
}
