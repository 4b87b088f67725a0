import { Directive } from '@nestjs/graphql';
import {
  DirectiveLocation,
  GraphQLDirective,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLString,
} from 'graphql';

const locations = [DirectiveLocation.FIELD_DEFINITION];

/** What the approval gate reads from the printed schema; `#libs/operations` gives them their meaning. */
export const gatewayDirectives = [
  new GraphQLDirective({
    name: 'requiresScope',
    description: 'The access token must carry this scope.',
    isRepeatable: true,
    locations,
    args: { scope: { type: new GraphQLNonNull(GraphQLString) } },
  }),
  new GraphQLDirective({
    name: 'cost',
    description: 'Points of the field itself, and the argument that says how many nodes it pages.',
    locations,
    args: { weight: { type: new GraphQLNonNull(GraphQLInt) }, multiplier: { type: GraphQLString } },
  }),
  new GraphQLDirective({
    name: 'listSize',
    description: 'The list is never longer.',
    locations,
    args: { max: { type: new GraphQLNonNull(GraphQLInt) } },
  }),
];

type FieldDecorator = MethodDecorator & PropertyDecorator;

export const RequiresScope = (scope: string): FieldDecorator =>
  Directive(`@requiresScope(scope: "${scope}")`);

export const Cost = (weight: number): FieldDecorator => Directive(`@cost(weight: ${weight})`);

/** A connection whose `first` argument says how many nodes it returns. */
export const PagedCost = (weight: number): FieldDecorator =>
  Directive(`@cost(weight: ${weight}, multiplier: "first")`);

export const ListSize = (max: number): FieldDecorator => Directive(`@listSize(max: ${max})`);
