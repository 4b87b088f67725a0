import { AppError, Clock, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { SigningSecret } from '../signing/signing-secret.js';
import { MAX_LIVE_KEYS, type SealedKey, WebhookKeys } from './webhook-keys.js';

const DEFAULT_OVERLAP_SECONDS = 86_400;

export interface RotationRequest {
  /** Null: the server makes one. Undefined: the newest key stays. */
  secret: SigningSecret | null | undefined;
  /** How long the keys before the newest go on signing; 0 revokes them at once. */
  overlapSeconds: number | undefined;
}

export interface Rotation {
  /** Another key is the newest now. */
  rotated: boolean;
  /** Keys were added, revoked, or end earlier than they did. */
  changed: boolean;
  /** The secret the server made, if it did. */
  generated?: string;
}

const UNCHANGED: Rotation = { rotated: false, changed: false };

/** Rotates the signing keys of a webhook, with its row locked. */
@Injectable()
export class SecretRotation {
  constructor(
    private readonly keys: WebhookKeys,
    private readonly clock: Clock,
  ) {}

  /**
   * The same secret again changes nothing, so that a PUT may be repeated; an older one that still signs becomes the
   * newest again.
   * @throws AppError rotation_limit
   */
  async rotate(transaction: Sql, webhookId: string, request: RotationRequest): Promise<Rotation> {
    const { secret, overlapSeconds } = request;
    if (secret === undefined && overlapSeconds === undefined) return UNCHANGED;
    const live = await liveKeys(transaction, webhookId, this.clock.date());
    const [newest] = live;
    const same = secret && live.find((key) => this.keys.openSecret(key).equals(secret));
    const rotates = secret !== undefined && (!same || same !== newest);
    const overlap = overlapSeconds ?? (rotates ? DEFAULT_OVERLAP_SECONDS : undefined);
    if (rotates && !same && overlap !== 0 && live.length >= MAX_LIVE_KEYS) throw this.limit(live);

    if (rotates && same) await this.keys.remove(transaction, same.id);
    const keep = rotates ? undefined : newest?.id;
    const expired =
      overlap === undefined ? 0 : await this.expire(transaction, webhookId, keep, overlap);
    if (!rotates) return { rotated: false, changed: expired > 0 };
    const added = secret ?? SigningSecret.generate();
    await this.keys.add(transaction, webhookId, added);
    const rotation = { rotated: true, changed: true };
    return secret === null ? { ...rotation, generated: added.reveal() } : rotation;
  }

  /**
   * Never later than a key was to expire already. A revoked key's box is destroyed.
   * @returns how many keys end earlier now
   */
  private async expire(
    transaction: Sql,
    webhookId: string,
    keep: string | undefined,
    overlapSeconds: number,
  ): Promise<number> {
    const others = 'webhook_id = $1 AND ($2::uuid IS NULL OR id <> $2)';
    if (overlapSeconds === 0) {
      return transaction.execute(`DELETE FROM webhook_key WHERE ${others}`, [
        webhookId,
        keep ?? null,
      ]);
    }
    return transaction.execute(
      `UPDATE webhook_key SET expires_at = $3 WHERE ${others} AND (expires_at IS NULL OR expires_at > $3)`,
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
