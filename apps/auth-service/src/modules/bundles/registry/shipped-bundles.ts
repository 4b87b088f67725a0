import { Clock, Database, Ids, LOGGER, type Logger, type Transaction } from '#libs/foundation';
import {
  type BundleSource,
  approveBundle,
  contentHash,
  gatewaySchema,
  shippedBundles,
} from '#libs/operations';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { AuditLog, SYSTEM_TENANT } from '../../identity/index.js';
import { storeVersion } from './store-version.js';

const RELEASE = 'release';

/** Registers the bundles that come with the release, approved by it. Does nothing where they are known already. */
@Injectable()
export class ShippedBundles implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly ids: Ids,
    private readonly clock: Clock,
    private readonly audit: AuditLog,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.register(shippedBundles());
  }

  /** @throws Error where a released version has changed, or does not pass the gate */
  async register(sources: readonly BundleSource[]): Promise<void> {
    const known = await this.knownVersions();
    for (const source of sources) {
      const { name, version } = source.manifest;
      const hash = known.get(`${name}@${version}`);
      if (hash === undefined) await this.registerOne(source);
      else if (hash !== contentHash(source)) {
        throw new Error(
          `bundle ${name}@${version} is not the one that was released: give it a new version`,
        );
      }
    }
  }

  private async knownVersions(): Promise<ReadonlyMap<string, string>> {
    const rows = await this.database.query<{ name: string; hash: string }>(
      `SELECT b.name || '@' || v.version AS name, v.content_hash AS hash
       FROM bundle_version v JOIN operation_bundle b ON b.id = v.bundle_id`,
    );
    return new Map(rows.map((row) => [row.name, row.hash]));
  }

  private async registerOne(source: BundleSource): Promise<void> {
    const { name, version } = source.manifest;
    const { schema, hash } = gatewaySchema();
    const approval = approveBundle(
      (upstream) => (upstream ? undefined : { kind: 'local', schema }),
      source,
    );
    if (!approval.ok) {
      throw new Error(`bundle ${name}@${version} is refused: ${JSON.stringify(approval.findings)}`);
    }
    await this.database.transaction(async (transaction) => {
      // Several processes may start at once: the first one wins, the others find the version.
      await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `bundle:${name}`,
      ]);
      if (await isKnown(transaction, name, version)) return;
      const now = this.clock.date();
      const { versionId } = await storeVersion(transaction, this.ids, {
        source,
        operations: approval.operations,
        createdBy: RELEASE,
        shipped: true,
        now,
        upstreamIds: new Map(),
      });
      await transaction.execute(
        `UPDATE bundle_version SET status = 'approved', schema_hash = $2, submitted_at = $3, approved_by = $4, approved_at = $3
         WHERE id = $1`,
        [versionId, hash, now, [RELEASE]],
      );
      await this.audit.record(transaction, {
        tenantId: SYSTEM_TENANT,
        actor: { kind: 'system', id: RELEASE },
        action: 'bundle_version.shipped',
        target: { kind: 'bundle_version', id: versionId },
        request: { id: RELEASE, ip: '', userAgent: '' },
        after: { bundle: name, version },
      });
    });
    this.logger.info({ bundle: name, version }, 'shipped bundle registered');
  }
}

async function isKnown(sql: Transaction, name: string, version: string): Promise<boolean> {
  const rows = await sql.query(
    `SELECT 1 FROM bundle_version v JOIN operation_bundle b ON b.id = v.bundle_id
     WHERE b.name = $1 AND v.version = $2`,
    [name, version],
  );
  return rows.length > 0;
}
