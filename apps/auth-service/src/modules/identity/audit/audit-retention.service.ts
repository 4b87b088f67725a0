import { timingSafeEqual } from 'node:crypto';
import { Clock, Database, LOGGER, type Logger, Periodic, type Transaction } from '#libs/foundation';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnModuleInit,
} from '@nestjs/common';
import { AuditCheckpoints } from './audit-checkpoints.js';
import { type AuditRow, chainHash } from './audit-log.js';
import type { StoredAuditEntry } from './stored-audit-entry.js';

const retentionMs = 400 * 86_400_000;
const pruneIntervalMs = 6 * 3_600_000;
const pageSize = 1_000;

/** What a verification found; `brokenAtSeq` names the first entry that does not follow from the one before. */
export interface ChainReport {
  entries: number;
  brokenAtSeq: number | null;
}

interface CheckpointRow {
  seq: string;
  hash: Buffer;
  signature: Buffer;
}

/** Prunes and verifies the chains. */
@Injectable()
export class AuditRetention implements OnModuleInit, BeforeApplicationShutdown {
  private readonly pruning = new Periodic(
    'audit-retention',
    pruneIntervalMs,
    (stop) => this.prune(stop),
    this.logger,
  );

  constructor(
    private readonly database: Database,
    private readonly checkpoints: AuditCheckpoints,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.pruning.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.pruning.stop();
  }

  /** Removes what is older than 400 days, tenant by tenant, behind a signed checkpoint. @returns entries removed */
  async prune(stop?: AbortSignal): Promise<number> {
    const before = new Date(this.clock.now() - retentionMs);
    const tenants = await this.database.query<{ tenant_id: string }>(
      'SELECT DISTINCT tenant_id FROM audit_log WHERE at < $1',
      [before],
    );
    let removed = 0;
    for (const { tenant_id } of tenants) {
      if (stop?.aborted) break;
      removed += await this.database.transaction((transaction) =>
        this.pruneTenant(transaction, tenant_id, before),
      );
    }
    return removed;
  }

  /** Follows a tenant's chain from its checkpoint to its end. */
  async verify(tenantId: string): Promise<ChainReport> {
    const [checkpoint] = await this.database.query<CheckpointRow>(
      'SELECT seq, hash, signature FROM audit_checkpoint WHERE tenant_id = $1',
      [tenantId],
    );
    let seq = Number(checkpoint?.seq ?? 0);
    let hash = checkpoint?.hash ?? Buffer.alloc(32);
    if (checkpoint) {
      const signature = this.checkpoints.sign({ tenantId, seq, hash });
      const isOurs =
        signature.length === checkpoint.signature.length &&
        timingSafeEqual(signature, checkpoint.signature);
      if (!isOurs) return { entries: 0, brokenAtSeq: seq };
    }
    for (let entries = 0; ;) {
      const rows = await this.database.query<StoredAuditEntry>(
        'SELECT * FROM audit_log WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT $3',
        [tenantId, seq, pageSize],
      );
      for (const row of rows) {
        const follows =
          Number(row.seq) === seq + 1 &&
          row.prev_hash.equals(hash) &&
          row.hash.equals(chainHash(hash, toHashed(tenantId, row)));
        if (!follows) return { entries, brokenAtSeq: Number(row.seq) };
        seq += 1;
        hash = row.hash;
        entries += 1;
      }
      if (rows.length < pageSize) return { entries, brokenAtSeq: null };
    }
  }

  /**
   * The newest entry always stays: the next one is chained to it. So does what is younger than 400 days by the clock
   * of the database, which `prune_audit_log` insists on.
   */
  private async pruneTenant(
    transaction: Transaction,
    tenantId: string,
    before: Date,
  ): Promise<number> {
    await transaction.query(
      `SELECT pg_advisory_xact_lock(hashtextextended('audit_log:' || $1, 0))`,
      [tenantId],
    );
    const [last] = await transaction.query<{ seq: string; hash: Buffer }>(
      `SELECT seq, hash FROM audit_log
       WHERE tenant_id = $1 AND seq < (SELECT max(seq) FROM audit_log WHERE tenant_id = $1)
         AND seq < coalesce((SELECT min(seq) FROM audit_log 
           WHERE tenant_id = $1 AND at >= least($2, now() - interval '400 days')), 9223372036854775807)
       ORDER BY seq DESC LIMIT 1`,
      [tenantId, before],
    );
    if (!last) return 0;
    const seq = Number(last.seq);
    await transaction.execute(
      `INSERT INTO audit_checkpoint (tenant_id, seq, hash, signature, created_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (tenant_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, signature = excluded.signature,
         created_at = excluded.created_at`,
      [
        tenantId,
        seq,
        last.hash,
        this.checkpoints.sign({ tenantId, seq, hash: last.hash }),
        this.clock.date(),
      ],
    );
    const [pruned] = await transaction.query<{ removed: string }>(
      'SELECT prune_audit_log($1) AS removed',
      [tenantId],
    );
    return Number(pruned?.removed);
  }
}

function toHashed(tenantId: string, row: StoredAuditEntry): AuditRow {
  return {
    tenantId,
    seq: Number(row.seq),
    at: row.at.toISOString(),
    actorKind: row.actor_kind,
    actorId: row.actor_id,
    action: row.action,
    targetKind: row.target_kind,
    targetId: row.target_id,
    ip: row.ip,
    userAgent: row.user_agent,
    requestId: row.request_id,
    before: row.before,
    after: row.after,
  };
}
