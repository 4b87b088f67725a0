import {
  ASTNode,
  ArgumentNode,
  DefinitionNode,
  DirectiveNode,
  DocumentNode,
  Kind,
  SelectionNode,
  SelectionSetNode,
  TypeNode,
  ValueNode,
  VariableDefinitionNode,
} from 'graphql';

/** `typename` prints the text as Apollo Client and urql send it: `__typename` in every selection set but the root's. */
export type Variant = 'plain' | 'typename';

/**
 * One text for all spellings of a document that mean the same bytes: ignored tokens are gone and top-level
 * definitions are sorted, while fields, arguments and aliases keep their order. A printer of its own, because
 * graphql-js's `print` takes five times as long and this runs for every unknown text.
 */
export function canonicalText(document: DocumentNode, variant: Variant): string {
  const definitions = document.definitions;
  if (definitions.length === 1 && definitions[0]) return definitionText(definitions[0], variant);
  return definitions
    .map((definition) => ({ key: sortKey(definition), text: definitionText(definition, variant) }))
    .sort((a, b) => compare(a.key, b.key) || compare(a.text, b.text))
    .map((entry) => entry.text)
    .join('');
}

function sortKey(definition: DefinitionNode): string {
  const isExecutable =
    definition.kind === Kind.OPERATION_DEFINITION || definition.kind === Kind.FRAGMENT_DEFINITION;
  return `${definition.kind} ${isExecutable ? (definition.name?.value ?? '') : ''}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function definitionText(node: DefinitionNode, variant: Variant): string {
  if (node.kind === Kind.OPERATION_DEFINITION) {
    return (
      `${node.operation} ${node.name?.value ?? ''}` +
      variableDefinitionsText(node.variableDefinitions) +
      directivesText(node.directives) +
      selectionSetText(node.selectionSet, 'plain', variant)
    );
  }
  if (node.kind === Kind.FRAGMENT_DEFINITION) {
    return (
      `fragment ${node.name.value} on ${node.typeCondition.name.value}` +
      directivesText(node.directives) +
      selectionSetText(node.selectionSet, variant, variant)
    );
  }
  // A type system definition never belongs to an approved document: any constant text misses.
  return `!${node.kind}`;
}

function variableDefinitionsText(nodes: readonly VariableDefinitionNode[] | undefined): string {
  if (nodes === undefined || nodes.length === 0) return '';
  let text = '(';
  for (const node of nodes) {
    text += `$${node.variable.name.value}:${typeText(node.type)}`;
    if (node.defaultValue) text += `=${valueText(node.defaultValue)}`;
    text += `${directivesText(node.directives)},`;
  }
  return `${text})`;
}

function typeText(node: TypeNode): string {
  if (node.kind === Kind.NAMED_TYPE) return node.name.value;
  return node.kind === Kind.LIST_TYPE ? `[${typeText(node.type)}]` : `${typeText(node.type)}!`;
}

function directivesText(nodes: readonly DirectiveNode[] | undefined): string {
  if (nodes === undefined) return '';
  let text = '';
  for (const node of nodes) text += `@${node.name.value}${argumentsText(node.arguments)}`;
  return text;
}

function argumentsText(nodes: readonly ArgumentNode[] | undefined): string {
  if (nodes === undefined || nodes.length === 0) return '';
  let text = '(';
  for (const node of nodes) text += `${node.name.value}:${valueText(node.value)},`;
  return `${text})`;
}

function valueText(node: ValueNode): string {
  switch (node.kind) {
    case Kind.VARIABLE:
      return `$${node.name.value}`;
    case Kind.STRING:
      return JSON.stringify(node.value);
    case Kind.NULL:
      return 'null';
    case Kind.LIST:
      return `[${node.values.map((value) => `${valueText(value)},`).join('')}]`;
    case Kind.OBJECT:
      return `{${node.fields.map((field) => `${field.name.value}:${valueText(field.value)},`).join('')}}`;
    case Kind.BOOLEAN:
      return node.value ? 'true' : 'false';
    case Kind.INT:
    case Kind.FLOAT:
    case Kind.ENUM:
      return node.value;
  }
}

/** `here` says whether this set gets a `__typename`; `below` what its children get. */
function selectionSetText(node: SelectionSetNode, here: Variant, below: Variant): string {
  let text = '{';
  for (const selection of node.selections) text += `${selectionText(selection, below)} `;
  if (here === 'typename' && wantsTypename(node)) text += '__typename ';
  return `${text}}`;
}

function selectionText(node: SelectionNode, variant: Variant): string {
  if (node.kind === Kind.FIELD) {
    const alias = node.alias ? `${node.alias.value}:` : '';
    const head = `${alias}${node.name.value}${argumentsText(node.arguments)}${directivesText(node.directives)}`;
    return node.selectionSet ? head + selectionSetText(node.selectionSet, variant, variant) : head;
  }
  if (node.kind === Kind.FRAGMENT_SPREAD)
    return `...${node.name.value}${directivesText(node.directives)}`;
  const condition = node.typeCondition ? ` on ${node.typeCondition.name.value}` : '';
  return `...${condition}${directivesText(node.directives)}${selectionSetText(node.selectionSet, variant, variant)}`;
}

/** Apollo Client's rule: a set that already names a `__` field is left alone. */
export function wantsTypename(node: SelectionSetNode): boolean {
  return !node.selections.some(isMetaField);
}

function isMetaField(node: ASTNode): boolean {
  return node.kind === Kind.FIELD && node.name.value.startsWith('__');
}
