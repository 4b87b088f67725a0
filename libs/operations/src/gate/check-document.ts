import {
  DocumentNode,
  FieldNode,
  GraphQLError,
  GraphQLSchema,
  Kind,
  NoDeprecatedCustomRule,
  NoSchemaIntrospectionCustomRule,
  OperationDefinitionNode,
  OperationTypeNode,
  parse,
  specifiedRules,
  validate,
  visit,
} from 'graphql';
import { Finding, finding } from '../finding.js';
import { OPERATION_LIMITS } from '../limits.js';

/** Why a text is no document: the one place where graphql-js's own words are heard, by the author alone. */
export function syntaxFinding(text: string): Finding {
  try {
    parse(text, { maxTokens: OPERATION_LIMITS.maxTokens });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const [position] = error.locations ?? [];
    const found = finding('SYNTAX', error.message);
    return position ? { ...found, position: { ...position } } : found;
  }
  throw new Error('the text is GraphQL');
}

/** The one named query or mutation of the document, or what is wrong with its definitions. */
export function singleOperation(document: DocumentNode): OperationDefinitionNode | Finding {
  const operations: OperationDefinitionNode[] = [];
  for (const node of document.definitions) {
    if (node.kind === Kind.OPERATION_DEFINITION) operations.push(node);
    else if (node.kind !== Kind.FRAGMENT_DEFINITION) {
      return finding('TYPE_SYSTEM_DEFINITION', `${node.kind} has no place in an operation`, node);
    }
  }
  const [operation] = operations;
  if (!operation || operations.length !== 1) {
    return finding(
      'NOT_ONE_OPERATION',
      `${operations.length} operations: a document has exactly one`,
    );
  }
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
    return finding('SUBSCRIPTION', 'only queries and mutations can be approved', operation);
  }
  return operation;
}

/** Directives of the incremental delivery proposal, introspection and names, wherever they hide. */
export function checkSyntax(document: DocumentNode): Finding[] {
  const findings: Finding[] = [];
  const data: FieldNode[] = [];
  visit(document, {
    Directive(node): void {
      if (node.name.value === 'defer' || node.name.value === 'stream') {
        findings.push(
          finding('INCREMENTAL_DELIVERY', `@${node.name.value} is not supported`, node),
        );
      }
    },
    Field(node): void {
      if (node.name.value !== '__typename') data.push(node);
      if (node.name.value === '__schema' || node.name.value === '__type') {
        findings.push(finding('INTROSPECTION', `${node.name.value} cannot be approved`, node));
      }
    },
    VariableDefinition({ variable }): void {
      if (!variable.name.value.startsWith('__')) return;
      const message = `$${variable.name.value} starts with two underscores`;
      findings.push(finding('RESERVED_NAME', message, variable));
    },
    OperationDefinition(node): void {
      if (node.name) return;
      findings.push(finding('ANONYMOUS_OPERATION', 'the operation has no name', node));
    },
  });
  if (data.length === 0)
    findings.push(finding('ONLY_TYPENAME', 'the operation selects nothing but __typename'));
  return findings;
}

export interface ValidationTerms {
  /** False where an approved version is validated again: a field that was deprecated since does not break it. */
  refuseDeprecated: boolean;
  /** False where introspection has been found already: the rule repeats it for every field below. */
  refuseIntrospection: boolean;
}

export function checkAgainstSchema(
  schema: GraphQLSchema,
  document: DocumentNode,
  terms: ValidationTerms,
): Finding[] {
  const rules = terms.refuseIntrospection
    ? [...specifiedRules, NoSchemaIntrospectionCustomRule]
    : specifiedRules;
  const options = { hideSuggestions: true, maxErrors: 20 };
  const found = validate(schema, document, rules, options).map((error) =>
    finding('INVALID', error.message, error.nodes?.[0]),
  );
  if (!terms.refuseDeprecated) return found;
  const deprecated = validate(schema, document, [NoDeprecatedCustomRule], options);
  return [
    ...found,
    ...deprecated.map((error) => finding('DEPRECATED_FIELD', error.message, error.nodes?.[0])),
  ];
}
