export { OPERATION_DEFAULTS } from './limits.js';
export { type Finding, type FindingCode } from './finding.js';
export { type Variant } from './text/canonical.js';
export { canonicalJson } from './text/canonical-json.js';
export { operationHashes, sha256Hex } from './text/hashes.js';
export { withTypename } from './text/with-typename.js';
export {
  OperationIndex,
  type Candidate,
  type IndexedOperation,
  type Match,
} from './matching/operation-index.js';
export {
  variableRulesSchema,
  type RuleFailure,
  type VariableRule,
  type VariableRules,
} from './rules/variable-rule.js';
export { measureJson } from './rules/json-shape.js';
export {
  compileVariableCheck,
  type VariableCheck,
  type VariableValues,
} from './rules/variable-check.js';
export { type CostPlan } from './cost/cost-plan.js';
export {
  approveOperation,
  type Approval,
  type ApprovedOperation,
  type GateMode,
  type OperationDraft,
} from './gate/approve-operation.js';
export {
  approveBundle,
  contentHash,
  type BundleApproval,
  type BundleFindings,
  type ExecutionTarget,
} from './gate/approve-bundle.js';
export {
  bundleManifestSchema,
  type BundleManifest,
  type HttpMapping,
  type ManifestOperation,
} from './bundle-file/bundle-manifest.js';
export {
  readBundleFolder,
  shippedBundles,
  type BundleSource,
} from './bundle-file/bundle-source.js';
export {
  GATEWAY_SCHEMA_FILE,
  gatewaySchema,
  type PublishedSchema,
  upstreamSchema,
} from './schema/gateway-schema.js';
export { packageRoot } from './bundle-file/package-root.js';
export {
  compareVersions,
  inVersionRange,
  isVersionRange,
  versionRangesMeet,
} from './version-range.js';
