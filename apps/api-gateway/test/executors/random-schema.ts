import { hash } from 'node:crypto';
import { canonicalJson } from '#libs/operations';
import {
  getNamedType,
  getNullableType,
  type GraphQLLeafType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isEnumType,
  isIntrospectionType,
  isLeafType,
  isListType,
  isObjectType,
} from 'graphql';
import { ExecutionError } from '../../src/modules/execution/index.js';

/** How often, of 256: a field fails, or is null though it may not be. */
export interface Chaos {
  fails: number;
  nulls: number;
}

/**
 * Gives every field of the schema a resolver whose outcome depends on the seed, the path and the arguments alone: data,
 * null where none is allowed, errors; at once or later, in a random order.
 */
export function makeRandom(schema: GraphQLSchema, seed: { value: string }, chaos: Chaos): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      field.resolve = (_source, args: unknown, _context, info) => {
        const dice = roll(seed.value, info, args);
        const outcome = (): unknown => value(field.type, dice, chaos);
        return dice(0) < 128 ? later(dice(1), outcome) : outcome();
      };
    }
  }
}

type Dice = (index: number) => number;

function roll(seed: string, info: GraphQLResolveInfo, args: unknown): Dice {
  const path: (string | number)[] = [];
  for (let step: GraphQLResolveInfo['path'] | undefined = info.path; step; step = step.prev) {
    path.unshift(step.key);
  }
  const digest = hash('sha256', canonicalJson([seed, path, args]), 'buffer');
  return (index) => digest[index % digest.length] ?? 0;
}

async function later(ticks: number, outcome: () => unknown): Promise<unknown> {
  for (let tick = 0; tick < ticks % 5; tick += 1) await Promise.resolve();
  return outcome();
}

function value(type: GraphQLOutputType, dice: Dice, chaos: Chaos): unknown {
  if (dice(2) < chaos.fails) {
    if (dice(3) < 64) throw new ExecutionError('UPSTREAM_ERROR');
    throw new Error('connect ECONNREFUSED 10.0.0.5:5432 user=admin');
  }
  if (dice(4) < chaos.nulls) return dice(5) < 128 ? null : undefined;
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    return Array.from({ length: dice(6) % 4 }, (_unused, index) => {
      const isHole = dice(7 + index) < chaos.nulls;
      return isHole ? null : one(nullable.ofType, (at) => dice(at + index + 1));
    });
  }
  return one(nullable, dice);
}

function one(type: GraphQLOutputType, dice: Dice): unknown {
  const named = getNamedType(type);
  return isLeafType(named) ? leaf(named, dice) : {};
}

function leaf(type: GraphQLLeafType, dice: Dice): unknown {
  if (isEnumType(type)) {
    const values = type.getValues();
    return values[dice(8) % values.length]?.value;
  }
  // Now and then something that the scalar cannot serialise.
  if (type.name === 'Int') return dice(9) < 8 ? 'no number' : dice(8);
  if (type.name === 'Boolean') return dice(8) < 128;
  if (type.name === 'DateTime') return dice(9) < 8 ? 'no date' : new Date(dice(8) * 86_400_000);
  if (type.name === 'JSONObject') return { a: dice(8) };
  return `text ${dice(8)}`;
}
