import { destinationAdvice, EgressClient } from '#libs/egress';
import { AppError, type Sql } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { SigningSecret } from '../signing/signing-secret.js';

/** What a webhook may be; the same for create and update. */
@Injectable()
export class WebhookRules {
  constructor(private readonly egress: EgressClient) {}

  /** @returns the URL as it is stored  @throws AppError invalid_url with a machine-readable `reason` */
  async checkUrl(url: string): Promise<string> {
    const check = await this.egress.checkDestination(url);
    if (check.ok) return check.target.href;
    throw new AppError('invalid_url', {
      detail: destinationAdvice[check.reason],
      errors: [{ pointer: '/url', code: check.reason, message: destinationAdvice[check.reason] }],
      extensions: { reason: check.reason },
    });
  }

  /** @throws AppError weak_secret */
  parseSecret(text: string): SigningSecret {
    const secret = SigningSecret.parse(text);
    if (secret) return secret;
    throw new AppError('weak_secret', {
      detail:
        'Use whsec_ and the base64 of 24 to 64 bytes, or 24 to 128 printable ASCII characters; or leave the secret out to have one made.',
      errors: [{ pointer: '/secret', code: 'weak_secret', message: 'This secret is not usable.' }],
    });
  }

  /**
   * Every event type must exist for the tenant and be approved for the app.
   * @throws AppError unknown_event, event_not_approved; both name the types
   */
  async checkEvents(sql: Sql, appId: string, names: readonly string[]): Promise<void> {
    const rows = await this.judge(sql, appId, names);
    const unknown = rows.filter(({ known }) => !known).map(({ name }) => name);
    if (unknown.length > 0) {
      throw new AppError('unknown_event', {
        detail: 'GET /v1/webhooks/event-types lists the event types.',
        extensions: { events: unknown },
      });
    }
    const refused = rows.filter(({ approved }) => !approved).map(({ name }) => name);
    if (refused.length > 0) throw notApproved(refused);
  }

  /**
   * A webhook that is enabled must have something to send.
   * @throws AppError event_not_approved where the app has lost the approval of every one of the types
   */
  async checkAnyApproved(sql: Sql, appId: string, names: readonly string[]): Promise<void> {
    const rows = await this.judge(sql, appId, names);
    if (!rows.some(({ approved }) => approved)) throw notApproved(names);
  }

  private async judge(
    sql: Sql,
    appId: string,
    names: readonly string[],
  ): Promise<{ name: string; known: boolean; approved: boolean }[]> {
    return sql.query(
      `SELECT n.name,
         e.name IS NOT NULL AND (e.published_to IS NULL OR t.id = ANY (e.published_to)) AS known,
         event_approved(a.id, t.id, a.governance, t.governance, n.name) AS approved
       FROM platform_app a JOIN tenant t ON t.id = a.tenant_id
       CROSS JOIN unnest($2::text[]) AS n (name)
       LEFT JOIN event_type e ON e.name = n.name
       WHERE a.id = $1`,
      [appId, names],
    );
  }
}

function notApproved(events: readonly string[]): AppError {
  return new AppError('event_not_approved', {
    detail: 'Ask for approval of the event types named in `events`.',
    extensions: { events },
  });
}
