import { AppError, Clock, Database, Ids, type Transaction } from '#libs/foundation';
import { approveBundle, type BundleSource } from '#libs/operations';
import { Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../config.js';
import { AuditLog, SYSTEM_TENANT, type TenantAdministrator } from '../../identity/index.js';
import { gateFailure } from './gate-failure.js';
import { gateStored } from './revalidation.js';
import { Schemas } from './schemas.js';
import { storeVersion } from './store-version.js';
import { assertTransition, isEnough, type VersionAction } from './version-lifecycle.js';
import { getVersion, lockVersion, type VersionRow } from './version.query.js';

/** A version by its public name. */
export interface VersionName {
  bundle: string;
  version: string;
}

/** The life of a bundle version: draft, review, approval, deprecation, retirement. */
@Injectable()
export class BundleVersions {
  constructor(
    private readonly config: AuthConfig,
    private readonly database: Database,
    private readonly schemas: Schemas,
    private readonly audit: AuditLog,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /**
   * Stores a draft, in the place of an earlier draft of the same version.
   * @throws AppError validation_failed with the findings of the gate; conflict once the version has left draft
   */
  async create(by: TenantAdministrator, source: BundleSource): Promise<VersionRow> {
    const { name, version } = source.manifest;
    return this.database.transaction(async (transaction) => {
      const schemas = await this.schemas.load(transaction);
      const approval = approveBundle(schemas.find, source);
      if (!approval.ok) throw gateFailure(approval.findings);
      await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `bundle:${name}`,
      ]);
      await dropDraft(transaction, name, version);
      const { versionId } = await storeVersion(transaction, this.ids, {
        source,
        operations: approval.operations,
        createdBy: by.name,
        shipped: false,
        now: this.clock.date(),
        upstreamIds: schemas.upstreamIds,
      });
      await this.record(transaction, by, 'created', versionId, { bundle: name, version });
      return getVersion(transaction, name, version);
    });
  }

  async submit(by: TenantAdministrator, name: VersionName): Promise<VersionRow> {
    return this.move(by, name, 'submit', async (transaction, row) => {
      await this.assertGate(transaction, row.id);
      await this.set(transaction, row.id, `status = 'in_review', submitted_at = $2`, [
        this.clock.date(),
      ]);
    });
  }

  /** @throws AppError self_approval, conflict where the operator has approved before or the gate no longer passes */
  async approve(by: TenantAdministrator, name: VersionName): Promise<VersionRow> {
    return this.move(by, name, 'approve', async (transaction, row) => {
      const version = { createdBy: row.created_by, approvedBy: row.approved_by };
      const isLast = isEnough(version, by.name, this.config.bundleApprovals);
      await this.set(transaction, row.id, 'approved_by = approved_by || $2::text', [by.name]);
      if (!isLast) return;
      const hash = await this.assertGate(transaction, row.id);
      await this.set(
        transaction,
        row.id,
        `status = 'approved', approved_at = $2, schema_hash = $3`,
        [this.clock.date(), hash],
      );
    });
  }

  async reject(by: TenantAdministrator, name: VersionName, reason: string): Promise<VersionRow> {
    return this.move(by, name, 'reject', (transaction, row) =>
      this.set(
        transaction,
        row.id,
        `status = 'rejected', rejected_by = $2, rejected_at = $3, reject_reason = $4`,
        [by.name, this.clock.date(), reason],
      ),
    );
  }

  /**
   * Again for a deprecated version, whose sunset it moves.
   * @param sunsetAt when the version will be retired, told in the Sunset header (RFC 8594)
   * @throws AppError validation_failed where that time is over
   */
  async deprecate(
    by: TenantAdministrator,
    name: VersionName,
    sunsetAt: Date | undefined,
  ): Promise<VersionRow> {
    if (sunsetAt && sunsetAt <= this.clock.date()) {
      const message = 'The sunset has to lie in the future; to end the version now, retire it.';
      const errors = [{ pointer: '/sunset_at', code: 'invalid', message }];
      throw new AppError('validation_failed', { detail: message, errors });
    }
    return this.move(by, name, 'deprecate', (transaction, row) =>
      this.set(
        transaction,
        row.id,
        `status = 'deprecated', deprecated_at = coalesce(deprecated_at, $2), sunset_at = coalesce($3, sunset_at)`,
        [this.clock.date(), sunsetAt ?? null],
      ),
    );
  }

  async retire(by: TenantAdministrator, name: VersionName): Promise<VersionRow> {
    return this.move(by, name, 'retire', (transaction, row) =>
      this.set(transaction, row.id, `status = 'retired', retired_at = $2`, [this.clock.date()]),
    );
  }

  private async move(
    by: TenantAdministrator,
    { bundle, version }: VersionName,
    action: VersionAction,
    work: (transaction: Transaction, row: VersionRow) => Promise<void>,
  ): Promise<VersionRow> {
    return this.database.transaction(async (transaction) => {
      const row = await lockVersion(transaction, bundle, version);
      assertTransition(action, row.status);
      await work(transaction, row);
      await this.record(transaction, by, action, row.id, { bundle, version });
      return getVersion(transaction, bundle, version);
    });
  }

  /** @returns the hash of the schema that the version passed against */
  private async assertGate(transaction: Transaction, versionId: string): Promise<string> {
    const schemas = await this.schemas.load(transaction);
    const findings = await gateStored(transaction, versionId, schemas, 'new');
    if (Object.keys(findings).length > 0) throw gateFailure(findings);
    return schemas.gateway.hash;
  }

  private async set(
    transaction: Transaction,
    id: string,
    assignments: string,
    values: readonly unknown[],
  ): Promise<void> {
    await transaction.execute(`UPDATE bundle_version SET ${assignments} WHERE id = $1`, [
      id,
      ...values,
    ]);
  }

  private async record(
    transaction: Transaction,
    by: TenantAdministrator,
    action: string,
    id: string,
    after: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await this.audit.record(transaction, {
      tenantId: SYSTEM_TENANT,
      actor: { kind: by.kind, id: by.name },
      action: `bundle_version.${action}`,
      target: { kind: 'bundle_version', id },
      request: by.request,
      after,
    });
  }
}

/** @throws AppError conflict where the version exists and is no draft */
async function dropDraft(transaction: Transaction, name: string, version: string): Promise<void> {
  const [row] = await transaction.query<{ id: string; status: string }>(
    `SELECT v.id, v.status FROM bundle_version v JOIN operation_bundle b ON b.id = v.bundle_id
     WHERE b.name = $1 AND v.version = $2 FOR UPDATE OF v`,
    [name, version],
  );
  if (!row) return;
  if (row.status !== 'draft') {
    const detail = `${name}@${version} is ${row.status} and cannot change: choose a new version.`;
    throw new AppError('conflict', { detail });
  }
  await transaction.execute('DELETE FROM bundle_operation WHERE version_id = $1', [row.id]);
  await transaction.execute('DELETE FROM bundle_version WHERE id = $1', [row.id]);
}
