import type { Sql } from '#libs/foundation';
import {
  approveOperation,
  type BundleFindings,
  type Finding,
  type GateMode,
} from '#libs/operations';
import type { SchemaSet } from './schemas.js';
import { listOperations, listVersions } from './version.query.js';

/** Sends the stored operations of a version through the gate again. Empty where all pass. */
export async function gateStored(
  sql: Sql,
  versionId: string,
  schemas: SchemaSet,
  mode: GateMode,
): Promise<BundleFindings> {
  const findings: Record<string, readonly Finding[]> = {};
  for (const row of await listOperations(sql, [versionId])) {
    const target = schemas.find(row.upstream ?? undefined);
    if (!target) continue;
    const draft = {
      text: row.document,
      rules: row.variable_rules,
      requiredScopes: row.required_scopes,
    };
    const approval = approveOperation(target.schema, draft, mode);
    if (!approval.ok) findings[row.operation_name] = approval.findings;
  }
  return findings;
}

/** What today's schema would break: approved and deprecated versions that no longer pass, by `name@version`. */
export async function findBroken(
  sql: Sql,
  schemas: SchemaSet,
): Promise<Readonly<Record<string, BundleFindings>>> {
  const broken: Record<string, BundleFindings> = {};
  for (const version of await listVersions(sql)) {
    if (version.status !== 'approved' && version.status !== 'deprecated') continue;
    const findings = await gateStored(sql, version.id, schemas, 'again');
    if (Object.keys(findings).length > 0) broken[`${version.bundle}@${version.version}`] = findings;
  }
  return broken;
}
