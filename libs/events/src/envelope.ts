/** The largest envelope that is published, in bytes. */
export const MAX_ENVELOPE_BYTES = 256 * 1024;

export interface EnvelopeHead {
  /** `evt_…` */
  id: string;
  type: string;
  /** When it happened, in milliseconds since the epoch. */
  occurredAtMs: number;
  tenantId: string;
  /** Marks the synthetic event of a test delivery. */
  isTest?: boolean;
}

/**
 * The bytes that are stored, signed and sent. Written once; `data` goes in as it is, so that key order, duplicate
 * members and numbers beyond a double survive.
 * @param data one JSON value
 */
export function writeEnvelope(head: EnvelopeHead, data: Buffer): Buffer {
  const before = JSON.stringify({
    id: head.id,
    type: head.type,
    timestamp: new Date(head.occurredAtMs).toISOString(),
    tenant_id: head.tenantId,
    ...(head.isTest ? { test: true } : {}),
  });
  return Buffer.concat([Buffer.from(`${before.slice(0, -1)},"data":`), data, Buffer.from('}')]);
}
