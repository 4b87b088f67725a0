import { setImmediate } from 'node:timers/promises';
import { createLogger } from '#libs/foundation';
import { buildSchema, type GraphQLObjectType, type GraphQLSchema, parse } from 'graphql';
import { ApolloExecutor } from './apollo.executor.js';
import { Deadline } from './deadline.js';
import type { ExecutionOutcome } from './operation-executor.js';

const logger = createLogger({ name: 'test', level: 'silent' });

/** A list that fails twice: a null item at once, and the field of another item a moment later. */
function failingSchema(type: string, list: () => unknown): GraphQLSchema {
  const schema = buildSchema(`type Query { items: ${type} } type Item { id: ID! late: String! }`);
  const fieldOf = (name: string, field: string): { resolve?: unknown } | undefined =>
    (schema.getType(name) as GraphQLObjectType).getFields()[field];
  Object.assign(fieldOf('Query', 'items') ?? {}, { resolve: list });
  Object.assign(fieldOf('Item', 'late') ?? {}, {
    resolve: async () => {
      await setImmediate();
      throw new Error('late');
    },
  });
  return schema;
}

describe('ApolloExecutor', () => {
  async function run(schema: GraphQLSchema): Promise<ExecutionOutcome> {
    const executor = await ApolloExecutor.start(schema, logger);
    const document = parse('query Q { items { id late } }', { noLocation: true });
    const outcome = await executor.prepare(document).execute({ deadline: new Deadline() }, {});
    // A rejection that nobody handles ends a process, and fails the test in which Node reports it.
    for (let turn = 0; turn < 3; turn += 1) await setImmediate();
    await executor.close();
    return outcome;
  }

  it.each<[string, string, () => unknown]>([
    ['a list', '[Item!]', () => [{ id: 1 }, null]],
    ['a list that comes later', '[Item!]', async () => [{ id: 1 }, null]],
    ['a list of lists', '[[Item!]!]', () => [[{ id: 1 }, null]]],
    ['a list of lists, one of them null', '[[Item!]!]', () => [[{ id: 1 }], null]],
  ])(
    '[G25] survives %s of which one item fails at once and another later',
    async (_n, type, list) => {
      const { data, failures } = await run(failingSchema(type, list));
      expect(JSON.parse(JSON.stringify(data))).toEqual({ items: null });
      expect(failures[0]?.path?.[0]).toBe('items');
    },
  );
});
