import {
  GraphQLInputType,
  getNullableType,
  isInputObjectType,
  isListType,
  isRequiredInputField,
} from 'graphql';
import { VariableRules } from './variable-rule.js';

/** One place of a variable that a rule may name. */
export interface InputPath {
  path: string;
  type: GraphQLInputType;
  /** A field that must be sent: it cannot be forbidden. */
  isRequired: boolean;
  isForbidden: boolean;
  /** A field of an input object, as opposed to a variable or an item of a list. */
  isField: boolean;
  /** The type contains itself and no rule forbids the way back: values have no bound. */
  isEndless: boolean;
}

/** Every place of a variable of this type, its own first; below a forbidden field there is none. */
export function* inputPaths(
  name: string,
  type: GraphQLInputType,
  rules: VariableRules,
): Generator<InputPath> {
  yield* walk({ path: name, type, isRequired: false, isField: false }, rules, []);
}

type Place = Omit<InputPath, 'isForbidden' | 'isEndless'>;

function* walk(place: Place, rules: VariableRules, above: readonly string[]): Generator<InputPath> {
  const nullable = getNullableType(place.type);
  const isForbidden = rules[place.path]?.forbid === true;
  const isEndless = isInputObjectType(nullable) && above.includes(nullable.name);
  yield { ...place, isForbidden, isEndless: isEndless && !isForbidden };
  if (isForbidden || isEndless) return;
  if (isListType(nullable)) {
    const item = {
      path: `${place.path}[]`,
      type: nullable.ofType,
      isRequired: false,
      isField: false,
    };
    yield* walk(item, rules, above);
  } else if (isInputObjectType(nullable)) {
    for (const field of Object.values(nullable.getFields())) {
      const child = {
        path: `${place.path}.${field.name}`,
        type: field.type,
        isRequired: isRequiredInputField(field),
        isField: true,
      };
      yield* walk(child, rules, [...above, nullable.name]);
    }
  }
}
