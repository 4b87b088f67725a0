import { Clock, Ids, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../config.js';
import type { LiveKeys } from '../signing/delivery-headers.js';
import { SigningSecret } from '../signing/signing-secret.js';
import { TenantSigningKey } from '../signing/tenant-signing-key.js';

/** How many keys sign at once, of a webhook and of a tenant: each is one more entry in the header of each delivery. */
export const MAX_LIVE_KEYS = 3;

/** A sealed key as the database holds it. */
export interface SealedKey {
  id: string;
  /** Base64 of the sealed box. */
  cipher: string;
}

/** Seals the signing keys of webhooks and opens them for an attempt. */
@Injectable()
export class WebhookKeys {
  constructor(
    private readonly config: AuthConfig,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** Adds the newest key of a webhook. @returns its UUID */
  async add(transaction: Sql, webhookId: string, secret: SigningSecret): Promise<string> {
    const id = this.ids.uuid();
    const cipher = this.config.secretBox.seal(Buffer.from(secret.reveal()), contextOf(id));
    await transaction.execute(
      `INSERT INTO webhook_key (id, webhook_id, cipher, kek_id, format, hint, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        id,
        webhookId,
        cipher,
        this.config.secretBox.keyIdOf(cipher),
        secret.format,
        secret.hint,
        this.clock.date(),
      ],
    );
    return id;
  }

  /** Destroys a key. */
  async remove(transaction: Sql, id: string): Promise<void> {
    await transaction.execute('DELETE FROM webhook_key WHERE id = $1', [id]);
  }

  openSecret(key: SealedKey): SigningSecret {
    const text = this.config.secretBox.open(Buffer.from(key.cipher, 'base64'), contextOf(key.id));
    const secret = SigningSecret.parse(text.toString());
    if (!secret) throw new Error(`the webhook key ${key.id} holds no usable secret`);
    return secret;
  }

  /** All live keys of a webhook, as its `signature` asks for them. */
  open(webhook: {
    signature: 'hmac' | 'ed25519' | 'both';
    keys: readonly SealedKey[];
    tenant_keys: readonly SealedKey[];
  }): LiveKeys & { ids: readonly string[] } {
    const secrets = webhook.signature === 'ed25519' ? [] : webhook.keys;
    const tenantKeys = webhook.signature === 'hmac' ? [] : webhook.tenant_keys;
    return {
      ids: [...secrets, ...tenantKeys].map(({ id }) => id),
      secrets: secrets.map((key) => this.openSecret(key)),
      tenantKeys: tenantKeys.map((key) =>
        TenantSigningKey.fromPrivateBytes(
          this.config.secretBox.open(Buffer.from(key.cipher, 'base64'), tenantContextOf(key.id)),
        ),
      ),
    };
  }
}

const contextOf = (keyId: string): string => `webhook_key:${keyId}`;
export const tenantContextOf = (keyId: string): string => `tenant_webhook_key:${keyId}`;
