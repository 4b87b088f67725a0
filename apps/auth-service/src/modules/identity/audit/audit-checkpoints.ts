import { createHmac } from 'node:crypto';

export interface AuditCheckpoint {
  tenantId: string;
  /** The last entry that was pruned; the chain goes on from its hash. */
  seq: number;
  hash: Buffer;
}

/** Signs what pruning leaves behind: that the chain had this hash at this entry. */
export class AuditCheckpoints {
  constructor(private readonly key: Buffer) {}

  sign({ tenantId, seq, hash }: AuditCheckpoint): Buffer {
    return createHmac('sha256', this.key)
      .update(JSON.stringify([tenantId, seq]))
      .update('\0')
      .update(hash)
      .digest();
  }
}
