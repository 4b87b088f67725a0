import { DocumentNode, visit } from 'graphql';
import { Finding, finding } from '../finding.js';
import { OPERATION_LIMITS } from '../limits.js';
import { FieldUse } from './field-tree.js';

/** Depth counts fields from the root, fragments spread; aliases count as written. */
export function checkSize(document: DocumentNode, tree: readonly FieldUse[]): Finding[] {
  const findings: Finding[] = [];
  const depth = depthOf(tree);
  if (depth > OPERATION_LIMITS.maxDepth) {
    findings.push(finding('TOO_DEEP', `depth ${depth}, at most ${OPERATION_LIMITS.maxDepth}`));
  }
  let aliases = 0;
  visit(document, {
    Field(node): void {
      if (node.alias) aliases += 1;
    },
  });
  if (aliases > OPERATION_LIMITS.maxAliases) {
    findings.push(
      finding('TOO_MANY_ALIASES', `${aliases} aliases, at most ${OPERATION_LIMITS.maxAliases}`),
    );
  }
  return findings;
}

function depthOf(tree: readonly FieldUse[]): number {
  return tree.reduce((deepest, use) => Math.max(deepest, 1 + depthOf(use.children)), 0);
}
