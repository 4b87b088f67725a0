import { createLogger } from '#libs/foundation';
import {
  approveOperation,
  compileVariableCheck,
  shippedBundles,
  withTypename,
  type ApprovedOperation,
} from '#libs/operations';
import fc from 'fast-check';
import { type DocumentNode, execute, type GraphQLError, type GraphQLSchema } from 'graphql';
import {
  ApolloExecutor,
  CompiledExecutor,
  Deadline,
  type ExecutionFailure,
  type OperationExecutor,
} from '../../src/modules/execution/index.js';
import { toExecutionFailure } from '../../src/modules/execution/execution-failure.js';
import { withSettledLists } from '../../src/modules/execution/settled-lists.js';
import { codeFirstSchema } from '../support/gateway-schema.js';
import { makeRandom } from './random-schema.js';
import { randomVariables } from './random-variables.js';

const logger = createLogger({ name: 'test', level: 'silent' });
const seed = { value: '' };
const operations = shippedBundles().flatMap(({ manifest, documents }) =>
  [...documents].map(([name, text]) => ({ name, text, settings: manifest.operations[name] })),
);

let schema: GraphQLSchema;
let referenceSchema: GraphQLSchema;
let executors: OperationExecutor[];
beforeAll(async () => {
  schema = await codeFirstSchema();
  makeRandom(schema, seed, { fails: 10, nulls: 14 });
  referenceSchema = withSettledLists(schema);
  executors = [new CompiledExecutor(schema), await ApolloExecutor.start(schema, logger)];
});
afterAll(async () => {
  for (const executor of executors) await executor.close();
});

function approved(text: string, rules: ApprovedOperation['rules']): ApprovedOperation {
  const approval = approveOperation(schema, { text, rules });
  if (!approval.ok) throw new Error(JSON.stringify(approval.findings));
  return approval.operation;
}

interface Comparable {
  data: unknown;
  /** Where the answer is null because of an error. */
  nulled: string[];
  /** Errors of the fields that are null themselves, with their code. */
  direct: string[];
}

/**
 * The same data, null in the same places, for the same reason where the field itself failed. Of several errors that
 * null one ancestor an executor need not report more than one, and any (GraphQL specification section 6.4.4).
 */
function comparable(raw: unknown, failures: readonly ExecutionFailure[]): Comparable {
  const data = JSON.parse(JSON.stringify(raw ?? null)) as unknown;
  const nulled = new Set<string>();
  const direct: string[] = [];
  for (const { code, path = [] } of failures) {
    const position = nulledPosition(data, path);
    nulled.add(JSON.stringify(position));
    if (position.length === path.length) direct.push(`${code} ${JSON.stringify(path)}`);
  }
  return { data, nulled: [...nulled].sort(), direct: direct.sort() };
}

/** The field itself, or the nearest ancestor that may be null. */
function nulledPosition(data: unknown, path: readonly (string | number)[]): (string | number)[] {
  let value = data;
  for (const [depth, key] of path.entries()) {
    if (value === null || typeof value !== 'object') return path.slice(0, depth);
    value = Reflect.get(value, key);
  }
  return [...path];
}

async function reference(document: DocumentNode, variables: object): Promise<Comparable> {
  const result = await execute({
    schema: referenceSchema,
    document,
    variableValues: { ...variables },
  });
  const failures = (result.errors ?? []).map((error: GraphQLError) => toExecutionFailure(error));
  return comparable(result.data, failures);
}

describe('executors', () => {
  it.each(operations)(
    '[G25] $name answers as graphql-js does, over random variables, nulls and errors',
    async ({ text, settings }) => {
      const operation = approved(text, settings?.variable_rules ?? {});
      const check = compileVariableCheck(
        schema,
        operation.document,
        operation.operation,
        operation.rules,
      );
      const documents = [operation.document, withTypename(operation.document)];
      const prepared = documents.map((document) => ({
        document,
        executables: executors.map((executor) => executor.prepare(document)),
      }));
      await fc.assert(
        fc.asyncProperty(
          fc.string(),
          randomVariables(schema, operation.operation, operation.rules),
          async (random, raw) => {
            seed.value = random;
            const outcome = check(raw);
            if (!outcome.ok) throw new Error(`refused: ${JSON.stringify([outcome.failure, raw])}`);
            for (const { document, executables } of prepared) {
              const expected = await reference(document, outcome.values);
              for (const executable of executables) {
                const context = { deadline: new Deadline() };
                const actual = await executable.execute(context, outcome.values);
                expect(comparable(actual.data, actual.failures)).toEqual(expected);
              }
            }
          },
        ),
        { numRuns: 60 },
      );
    },
  );

  it('[G12] __typename is in the answer of the typename variant and in no other', async () => {
    const operation = approved('query Q { viewer { clientId } }', {});
    seed.value = 'quiet';
    makeRandom(schema, seed, { fails: 0, nulls: 0 });
    const quiet = [new CompiledExecutor(schema), await ApolloExecutor.start(schema, logger)];
    for (const executor of quiet) {
      const run = async (document: DocumentNode): Promise<unknown> => {
        const outcome = await executor.prepare(document).execute({ deadline: new Deadline() }, {});
        return JSON.parse(JSON.stringify(outcome.data)) as unknown;
      };
      expect(await run(operation.document)).toEqual({ viewer: { clientId: expect.any(String) } });
      expect(await run(withTypename(operation.document))).toEqual({
        viewer: { clientId: expect.any(String), __typename: 'Viewer' },
      });
      await executor.close();
    }
  });
});
