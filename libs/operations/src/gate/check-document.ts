import {
  DocumentNode,
  GraphQLSchema,
  Kind,
  NoDeprecatedCustomRule,
  NoSchemaIntrospectionCustomRule,
  OperationDefinitionNode,
  OperationTypeNode,
  specifiedRules,
  validate,
  visit,
} from 'graphql';
import { Finding, finding } from '../finding.js';

/** The one named query or mutation of the document, or what is wrong with its definitions. */
export function singleOperation(document: DocumentNode): OperationDefinitionNode | Finding {
  const operations: OperationDefinitionNode[] = [];
  for (const node of document.definitions) {
    if (node.kind === Kind.OPERATION_DEFINITION) operations.push(node);
    else if (node.kind !== Kind.FRAGMENT_DEFINITION) {
      return finding('TYPE_SYSTEM_DEFINITION', `${node.kind} has no place in an operation`);
    }
  }
  const [operation] = operations;
  if (!operation || operations.length !== 1) {
    return finding(
      'NOT_ONE_OPERATION',
      `${operations.length} operations: a document has exactly one`,
    );
  }
  if (!operation.name) return finding('ANONYMOUS_OPERATION', 'the operation has no name');
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
    return finding('SUBSCRIPTION', 'only queries and mutations can be approved');
  }
  return operation;
}

/** Directives of the incremental delivery proposal, introspection and reserved names, wherever they hide. */
export function checkSyntax(document: DocumentNode): Finding[] {
  const findings: Finding[] = [];
  visit(document, {
    Directive(node): void {
      if (node.name.value === 'defer' || node.name.value === 'stream') {
        findings.push(finding('INCREMENTAL_DELIVERY', `@${node.name.value} is not supported`));
      }
    },
    Field(node): void {
      if (node.name.value === '__schema' || node.name.value === '__type') {
        findings.push(finding('INTROSPECTION', `${node.name.value} cannot be approved`));
      }
    },
    Variable(node): void {
      if (node.name.value.startsWith('__')) {
        findings.push(finding('RESERVED_NAME', `$${node.name.value} starts with two underscores`));
      }
    },
  });
  return findings;
}

export interface ValidationTerms {
  /** False where an approved version is validated again: a field that was deprecated since does not break it. */
  refuseDeprecated: boolean;
}

export function checkAgainstSchema(
  schema: GraphQLSchema,
  document: DocumentNode,
  terms: ValidationTerms,
): Finding[] {
  const rules = [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const options = { hideSuggestions: true, maxErrors: 20 };
  const errors = validate(schema, document, rules, options);
  if (errors.length > 0) return errors.map((error) => finding('INVALID', error.message));
  if (!terms.refuseDeprecated) return [];
  return validate(schema, document, [NoDeprecatedCustomRule], options).map((error) =>
    finding('DEPRECATED_FIELD', error.message),
  );
}
