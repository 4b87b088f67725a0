import { AppError, Clock, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { SigningSecret } from '../signing/signing-secret.js';
import { type SealedKey, WebhookKeys } from './webhook-keys.js';

const MAX_LIVE_KEYS = 3;
const DEFAULT_OVERLAP_SECONDS = 86_400;

export interface RotationRequest {
  /** Null: the server makes one. Undefined: the newest key stays. */
  secret: SigningSecret | null | undefined;
  /** How long the keys before the newest go on signing; 0 revokes them at once. */
  overlapSeconds: number | undefined;
}

/** Rotates the signing keys of a webhook, with its row locked. */
@Injectable()
export class KeyRotation {
  constructor(
    private readonly keys: WebhookKeys,
    private readonly clock: Clock,
  ) {}

  /**
   * The same secret again changes nothing, so that a PUT may be repeated.
   * @returns the secret the server made, if it did
   * @throws AppError rotation_limit
   */
  async rotate(
    transaction: Sql,
    webhookId: string,
    request: RotationRequest,
  ): Promise<{ rotated: boolean; generated: string | undefined }> {
    const { secret, overlapSeconds } = request;
    if (secret === undefined && overlapSeconds === undefined)
      return { rotated: false, generated: undefined };
    const live = await liveKeys(transaction, webhookId, this.clock.date());
    const [newest] = live;
    const isNew =
      secret === null || (secret && !(newest && this.keys.openSecret(newest).equals(secret)));
    const overlap = overlapSeconds ?? (isNew ? DEFAULT_OVERLAP_SECONDS : undefined);
    if (isNew && overlap !== 0 && live.length >= MAX_LIVE_KEYS) throw this.limit(live);

    if (overlap !== undefined) {
      const keep = isNew ? undefined : newest?.id;
      await this.expire(transaction, webhookId, keep, overlap);
    }
    if (!isNew) return { rotated: false, generated: undefined };
    const added = secret ?? SigningSecret.generate();
    await this.keys.add(transaction, webhookId, added);
    return { rotated: true, generated: secret === null ? added.reveal() : undefined };
  }

  /** Never later than a key was to expire already. A revoked key's box is destroyed. */
  private async expire(
    transaction: Sql,
    webhookId: string,
    keep: string | undefined,
    overlapSeconds: number,
  ): Promise<void> {
    const others = 'webhook_id = $1 AND ($2::uuid IS NULL OR id <> $2)';
    if (overlapSeconds === 0) {
      await transaction.execute(`DELETE FROM webhook_key WHERE ${others}`, [
        webhookId,
        keep ?? null,
      ]);
      return;
    }
    await transaction.execute(
      `UPDATE webhook_key SET expires_at = least(coalesce(expires_at, $3), $3) WHERE ${others}`,
      [webhookId, keep ?? null, new Date(this.clock.now() + overlapSeconds * 1000)],
    );
  }

  private limit(live: readonly LiveKey[]): AppError {
    const first = Math.min(...live.flatMap(({ expires_at }) => expires_at?.getTime() ?? []));
    const seconds = Math.max(1, Math.ceil((first - this.clock.now()) / 1000));
    return new AppError('rotation_limit', {
      detail: `At most ${MAX_LIVE_KEYS} secrets are live at once; wait, or send secret_overlap_seconds 0 to revoke the old ones.`,
      headers: { 'Retry-After': String(seconds) },
      extensions: { retry_after: seconds },
    });
  }
}

interface LiveKey extends SealedKey {
  expires_at: Date | null;
}

async function liveKeys(sql: Sql, webhookId: string, now: Date): Promise<LiveKey[]> {
  return sql.query<LiveKey>(
    `SELECT id, encode(cipher, 'base64') AS cipher, expires_at FROM webhook_key
     WHERE webhook_id = $1 AND (expires_at IS NULL OR expires_at > $2) ORDER BY created_at DESC, id DESC`,
    [webhookId, now],
  );
}
