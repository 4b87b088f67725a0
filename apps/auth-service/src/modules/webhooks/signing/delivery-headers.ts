import type { SignedMessage } from './signed-message.js';
import type { SigningSecret } from './signing-secret.js';
import type { TenantSigningKey } from './tenant-signing-key.js';

/** What signs an attempt: all live keys at the time of the attempt, each list newest first. */
export interface LiveKeys {
  readonly secrets: readonly SigningSecret[];
  readonly tenantKeys: readonly TenantSigningKey[];
}

export interface DeliveryAttempt extends SignedMessage {
  /** `dlv_…` */
  readonly deliveryId: string;
  /** From 1. */
  readonly attempt: number;
  readonly isTest: boolean;
}

/** All headers of an attempt (webhooks.md section 6). Neither tenant nor receiver can add to them or change one. */
export function deliveryHeaders(attempt: DeliveryAttempt, keys: LiveKeys): Record<string, string> {
  return {
    'content-type': 'application/json',
    'user-agent': 'Knogin-Webhooks/1.0',
    'webhook-id': attempt.id,
    'webhook-timestamp': String(attempt.timestampSeconds),
    'webhook-signature': signatures(attempt, keys),
    'x-knogin-delivery': attempt.deliveryId,
    'x-knogin-attempt': String(attempt.attempt),
    ...(attempt.isTest && { 'x-knogin-test': 'true' }),
  };
}

/** @throws Error if there is no key: an unsigned delivery must not leave */
function signatures(message: SignedMessage, { secrets, tenantKeys }: LiveKeys): string {
  const entries = [
    ...secrets.flatMap((secret) => secret.sign(message)),
    ...tenantKeys.map((key) => key.sign(message)),
  ];
  if (entries.length === 0) throw new Error('a delivery has no live signing key');
  return entries.join(' ');
}
