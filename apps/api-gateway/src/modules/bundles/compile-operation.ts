import { type DocumentNode, type GraphQLSchema, Kind, type OperationDefinitionNode } from 'graphql';
import {
  approveOperation,
  compileVariableCheck,
  type Finding,
  type IndexedOperation,
  withTypename,
} from '#libs/operations';
import type { ExecutableOperation } from '../execution/index.js';
import type { OperationRow } from './snapshot-query.js';
import type { SnapshotOperation } from './snapshot.js';

/** An approved operation that today's schema or gate no longer admits. */
export class BrokenOperation extends Error {
  constructor(readonly findings: readonly Finding[]) {
    super('the operation no longer passes the gate');
    this.name = 'BrokenOperation';
  }
}

/** Where an operation runs: the gateway's own schema, or an upstream's. */
export interface Target {
  schema: GraphQLSchema;
  prepare: (document: DocumentNode) => ExecutableOperation;
}

/**
 * Compiles a stored operation for execution, past the gate once more: the stored text is all that is trusted.
 * @throws BrokenOperation
 */
export function compileOperation(
  row: OperationRow,
  { schema, prepare }: Target,
): IndexedOperation<SnapshotOperation> {
  const draft = {
    text: row.document,
    rules: row.variable_rules,
    requiredScopes: row.required_scopes,
  };
  const approval = approveOperation(schema, draft, 'again');
  if (!approval.ok) throw new BrokenOperation(approval.findings);
  const { operation } = approval;
  const plain = prepare(operation.document);
  const isFlat = operation.normSha256 === operation.normTypenameSha256;
  const typename = isFlat ? plain : prepare(withTypename(operation.document));
  const { document, rules } = operation;
  const label = `${row.bundle}@${row.version}/${operation.name}`;
  return {
    text: operation.text,
    docSha256: operation.docSha256,
    normSha256: operation.normSha256,
    normTypenameSha256: operation.normTypenameSha256,
    names: [label],
    value: {
      id: row.id,
      bundleId: row.bundle_id,
      bundle: row.bundle,
      version: row.version,
      name: operation.name,
      label,
      kind: operation.kind,
      docSha256: operation.docSha256,
      hasOneRootField: hasOneRootField(operation.operation),
      requiredScopes: operation.requiredScopes,
      checkVariables: compileVariableCheck(schema, document, operation.operation, rules),
      cost: operation.cost,
      timeoutMs: row.timeout_ms,
      maxResponseBytes: row.max_response_bytes,
      idempotent: row.idempotent,
      headers: lifecycleHeaders(row),
      plain,
      typename,
    },
  };
}

function hasOneRootField({ selectionSet }: OperationDefinitionNode): boolean {
  const [first, ...more] = selectionSet.selections;
  return first?.kind === Kind.FIELD && more.length === 0;
}

/** Deprecation is a structured-field date (RFC 9745 section 2.1), Sunset an HTTP date (RFC 8594 section 3). */
export function lifecycleHeaders(
  row: Pick<OperationRow, 'deprecated_at' | 'sunset_at'>,
): Readonly<Record<string, string>> {
  return {
    ...(row.deprecated_at && {
      Deprecation: `@${Math.floor(row.deprecated_at.getTime() / 1_000)}`,
    }),
    ...(row.sunset_at && { Sunset: row.sunset_at.toUTCString() }),
  };
}
