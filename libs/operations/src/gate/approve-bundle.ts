import { GraphQLSchema } from 'graphql';
import { BundleSource } from '../bundle-file/bundle-source.js';
import { Finding, finding, manifestFinding } from '../finding.js';
import { canonicalJson } from '../text/canonical-json.js';
import { sha256Hex } from '../text/hashes.js';
import { checkMapping } from './check-mapping.js';
import { ApprovedOperation, GateMode, approveOperation } from './approve-operation.js';

/** Findings by operation name; `*` concerns the version as a whole. */
export type BundleFindings = Readonly<Record<string, readonly Finding[]>>;

export type BundleApproval =
  { ok: true; operations: readonly ApprovedOperation[] } | { ok: false; findings: BundleFindings };

/** Where an operation runs. */
export interface ExecutionTarget {
  schema: GraphQLSchema;
  kind: 'local' | 'graphql' | 'http';
}

/** Sends every operation of a version through the gate. `targetFor` finds an upstream by name; undefined: the gateway. */
export function approveBundle(
  targetFor: (upstream: string | undefined) => ExecutionTarget | undefined,
  source: BundleSource,
  mode: GateMode = 'new',
): BundleApproval {
  const findings: Record<string, readonly Finding[]> = {};
  const operations: ApprovedOperation[] = [];
  const seen = new Map<string, string>();
  for (const [name, text] of source.documents) {
    const settings = source.manifest.operations[name];
    const target = targetFor(settings?.upstream);
    if (!settings || !target) {
      const text = `there is no upstream ${settings?.upstream ?? ''}`;
      findings[name] = [manifestFinding('UNKNOWN_UPSTREAM', text, 'upstream')];
      continue;
    }
    const draft = {
      text,
      rules: settings.variable_rules,
      requiredScopes: settings.required_scopes,
    };
    const approval = approveOperation(target.schema, draft, mode);
    if (!approval.ok) {
      findings[name] = approval.findings;
      continue;
    }
    const { name: ownName } = approval.operation;
    if (ownName !== name) {
      findings[name] = [finding('NAME_MISMATCH', `the operation calls itself ${ownName}`)];
      continue;
    }
    const { mapping } = settings;
    const unfit = checkMapping(mapping, approval.operation.operation, target.kind === 'http');
    if (unfit.length > 0) {
      findings[name] = unfit;
      continue;
    }
    const twin = seen.get(approval.operation.normSha256);
    if (twin) findings[name] = [finding('DUPLICATE_OPERATION', `the same document as ${twin}`)];
    seen.set(approval.operation.normSha256, name);
    operations.push(approval.operation);
  }
  if (source.documents.size === 0) findings['*'] = [finding('EMPTY_BUNDLE', 'no operations')];
  if (Object.keys(findings).length > 0) return { ok: false, findings };
  return { ok: true, operations };
}

/** One digest of what a version means: the same name and version must always have the same. */
export function contentHash(source: BundleSource): string {
  const operations = [...source.documents]
    .map(([name, text]) => [name, text, source.manifest.operations[name]] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const content = [source.manifest.name, source.manifest.version, operations];
  return sha256Hex(canonicalJson(content));
}
