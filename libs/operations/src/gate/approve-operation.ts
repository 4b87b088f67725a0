import { DocumentNode, GraphQLSchema, OperationDefinitionNode, OperationTypeNode } from 'graphql';
import { CostPlan, costPlan } from '../cost/cost-plan.js';
import { Finding, finding, manifestFinding } from '../finding.js';
import { OPERATION_LIMITS } from '../limits.js';
import { VariableRules } from '../rules/variable-rule.js';
import { OperationHashes, operationHashes } from '../text/hashes.js';
import { parseText } from '../text/parse-text.js';
import {
  checkAgainstSchema,
  checkSyntax,
  singleOperation,
  syntaxFinding,
} from './check-document.js';
import { checkRules } from './check-rules.js';
import { checkSize } from './check-size.js';
import { MAX_FIELD_USES, fieldTree } from './field-tree.js';
import { touchedScopes } from './required-scopes.js';

export interface OperationDraft {
  text: string;
  rules: VariableRules;
  /** Scopes that the author demands; must contain those that the touched fields demand. Absent: exactly those. */
  requiredScopes?: readonly string[] | undefined;
}

export interface ApprovedOperation extends OperationHashes {
  name: string;
  kind: 'query' | 'mutation';
  text: string;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  rules: VariableRules;
  requiredScopes: readonly string[];
  cost: CostPlan;
}

export type Approval =
  { ok: true; operation: ApprovedOperation } | { ok: false; findings: readonly Finding[] };

/**
 * `new`: a version on its way to approval. `again`: an approved one against a schema that may have changed since
 * (deprecated fields are no obstacle then).
 */
export type GateMode = 'new' | 'again';

/** The automatic, blocking part of an approval (spec/graphql.md section 1). Pure: same input, same findings. */
export function approveOperation(
  schema: GraphQLSchema,
  draft: OperationDraft,
  mode: GateMode = 'new',
): Approval {
  if (Buffer.byteLength(draft.text) > OPERATION_LIMITS.maxTextBytes) {
    return refuse(finding('TEXT_TOO_LONG', `more than ${OPERATION_LIMITS.maxTextBytes} bytes`));
  }
  const approval = judge(schema, draft, mode, parseText(draft.text));
  // Only who is refused needs the places: what is approved is kept, and locations hold on to every token.
  return approval.ok
    ? approval
    : judge(schema, draft, mode, parseText(draft.text, { noLocation: false }));
}

function judge(
  schema: GraphQLSchema,
  draft: OperationDraft,
  mode: GateMode,
  document: DocumentNode | undefined,
): Approval {
  if (!document) return refuse(syntaxFinding(draft.text));
  const operation = singleOperation(document);
  if ('code' in operation) return refuse(operation);
  const outline = checkSyntax(document);
  if (outline.some(({ code }) => code === 'RESERVED_NAME')) return refuse(...outline);
  const invalid = checkAgainstSchema(schema, document, {
    refuseDeprecated: mode === 'new',
    refuseIntrospection: !outline.some(({ code }) => code === 'INTROSPECTION'),
  });
  const tree = fieldTree(schema, document, operation);
  if (!tree) {
    const text = `more than ${MAX_FIELD_USES} fields`;
    return refuse(...onePerPlace([...outline, ...invalid]), finding('COST_TOO_HIGH', text));
  }
  // What does not validate is looked at all the same: its author learns of everything at once.
  const cost = costPlan({ operation, rules: draft.rules }, tree);
  const scopes = touchedScopes(tree);
  const findings = [
    ...onePerPlace([...outline, ...invalid]),
    ...checkSize(document, tree),
    ...checkRules(schema, operation, draft.rules),
    ...cost.unbounded,
    ...checkScopes(scopes, draft.requiredScopes),
    ...checkCost(cost),
  ];
  if (findings.length > 0) return refuse(...findings);
  return {
    ok: true,
    operation: {
      ...operationHashes(draft.text, document),
      name: operation.name?.value ?? '',
      kind: operation.operation === OperationTypeNode.MUTATION ? 'mutation' : 'query',
      text: draft.text,
      document,
      operation,
      rules: draft.rules,
      requiredScopes: [...new Set([...scopes, ...(draft.requiredScopes ?? [])])].sort(),
      cost,
    },
  };
}

/** The schema's rules repeat in their words what ours have said of the same place. */
function onePerPlace(findings: readonly Finding[]): Finding[] {
  const places = new Set<string>();
  return findings.filter(({ position }) => {
    const place = JSON.stringify(position);
    if (position && places.has(place)) return false;
    places.add(place);
    return true;
  });
}

function checkScopes(
  touched: readonly string[],
  demanded: readonly string[] | undefined,
): Finding[] {
  const missing = demanded ? touched.filter((scope) => !demanded.includes(scope)) : [];
  if (missing.length === 0) return [];
  const text = `the fields also need ${missing.join(', ')}`;
  return [manifestFinding('SCOPES_TOO_SMALL', text, 'required_scopes')];
}

function checkCost(cost: CostPlan): Finding[] {
  if (cost.staticCost <= OPERATION_LIMITS.maxStaticCost) return [];
  const text = `${cost.staticCost} points at worst, at most ${OPERATION_LIMITS.maxStaticCost}`;
  return [finding('COST_TOO_HIGH', text)];
}

function refuse(...findings: Finding[]): Approval {
  return { ok: false, findings };
}
