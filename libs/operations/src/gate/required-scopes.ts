import { fieldTerms } from '../schema/directives.js';
import { FieldUse } from './field-tree.js';

/** Every scope that a touched field declares with `@requiresScope`, sorted. */
export function touchedScopes(tree: readonly FieldUse[]): string[] {
  const scopes = new Set<string>();
  collect(tree, scopes);
  return [...scopes].sort();
}

function collect(tree: readonly FieldUse[], scopes: Set<string>): void {
  for (const use of tree) {
    for (const scope of fieldTerms(use.field).scopes) scopes.add(scope);
    collect(use.children, scopes);
  }
}
