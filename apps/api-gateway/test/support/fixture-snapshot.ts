import {
  compileVariableCheck,
  type IndexedOperation,
  operationHashes,
  type VariableRules,
} from '#libs/operations';
import { type GraphQLSchema, Kind, OperationTypeNode, parse } from 'graphql';
import { Snapshot, type SnapshotOperation } from '../../src/modules/bundles/index.js';
import { holdingKey } from '../../src/modules/bundles/snapshot.js';
import { CompiledExecutor } from '../../src/modules/execution/index.js';

/**
 * A snapshot of documents that no gate has seen, for one app: for the referee's documents, which the API could never
 * create, and for documents on a schema of the test's own.
 */
export function fixtureSnapshot(
  schema: GraphQLSchema,
  texts: readonly string[],
  holder: { clientId: string; tenantId: string },
  rules: VariableRules = {},
): Snapshot {
  const grant = {
    id: 'bgr_fixture',
    bundleId: 'bdl_fixture',
    versionRange: '1.x',
    validFromMs: 0,
    validUntilMs: Infinity,
    costBurst: undefined,
    costPerSecond: undefined,
  };
  return new Snapshot(
    texts.map((text) => fixtureOperation(schema, text, rules)),
    new Map([[holdingKey(holder.clientId, holder.tenantId), [grant]]]),
  );
}

function fixtureOperation(
  schema: GraphQLSchema,
  text: string,
  rules: VariableRules,
): IndexedOperation<SnapshotOperation> {
  const document = parse(text, { noLocation: true });
  const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  if (!operation) throw new Error('the fixture has no operation');
  const executable = new CompiledExecutor(schema).prepare(document);
  const hashes = operationHashes(text, document);
  const name = operation.name?.value ?? '';
  const label = `fixture@1.0.0/${name}`;
  return {
    text,
    ...hashes,
    names: [label],
    value: {
      id: `bop_${hashes.docSha256}`,
      bundleId: 'bdl_fixture',
      bundle: 'fixture',
      version: '1.0.0',
      name,
      label,
      kind: operation.operation === OperationTypeNode.MUTATION ? 'mutation' : 'query',
      docSha256: hashes.docSha256,
      hasOneRootField: true,
      requiredScopes: [],
      checkVariables: compileVariableCheck(schema, document, operation, rules),
      cost: { staticCost: 1, costOf: () => 1, unbounded: [] },
      timeoutMs: 200,
      maxResponseBytes: 1024 * 1024,
      idempotent: true,
      headers: {},
      plain: executable,
      typename: executable,
    },
  };
}
