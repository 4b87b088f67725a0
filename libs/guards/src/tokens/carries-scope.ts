/** Whether a token may what needs the scope: `webhooks:write` implies `webhooks:read` (webhooks.md section 1), and so on. */
export function carriesScope(scopes: ReadonlySet<string>, scope: string): boolean {
  if (scopes.has(scope)) return true;
  return scope.endsWith(':read') && scopes.has(`${scope.slice(0, -':read'.length)}:write`);
}
