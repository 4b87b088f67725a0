/** What one attempt sends and signs. */
export interface SignedMessage {
  /** `evt_…`, the same for every attempt, endpoint and replay of an event. */
  readonly id: string;
  /** Of this attempt, so that a retry after hours is not refused as a replay of old bytes. */
  readonly timestampSeconds: number;
  /** The stored bytes, which are also the bytes sent. */
  readonly body: Buffer;
}

/**
 * The part of the signed content before the body (Standard Webhooks 1.0, "Signature scheme").
 * @throws Error for an id with a dot or anything else that could move the boundary to the next part
 */
export function signedPrefix({ id, timestampSeconds }: SignedMessage): string {
  if (!/^\w+$/.test(id)) throw new Error(`"${id}" cannot be a webhook-id`);
  if (!Number.isSafeInteger(timestampSeconds)) {
    throw new Error(`${timestampSeconds} is not a whole number of seconds`);
  }
  return `${id}.${timestampSeconds}.`;
}
