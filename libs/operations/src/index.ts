export { OPERATION_DEFAULTS, OPERATION_LIMITS, VARIABLE_LIMITS } from './limits.js';
export { type Finding, type FindingCode } from './finding.js';
export { canonicalText, type Variant } from './text/canonical.js';
export { operationHashes, sha256Hex, type OperationHashes } from './text/hashes.js';
export { parseText } from './text/parse-text.js';
export { withTypename } from './text/with-typename.js';
export {
  OperationIndex,
  type Candidate,
  type IndexedOperation,
  type Match,
} from './matching/operation-index.js';
export { LruMap } from './matching/lru-map.js';
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
} from './gate/approve-bundle.js';
export {
  bundleManifestSchema,
  httpMappingSchema,
  type BundleManifest,
  type HttpMapping,
  type ManifestOperation,
} from './bundle-file/bundle-manifest.js';
export {
  BundleFileError,
  readBundleFolder,
  shippedBundles,
  type BundleSource,
} from './bundle-file/bundle-source.js';
export {
  GATEWAY_SCHEMA_FILE,
  gatewaySchema,
  type PublishedSchema,
} from './schema/gateway-schema.js';
export { packageRoot } from './bundle-file/package-root.js';
export { compareVersions, inVersionRange } from './version-range.js';
