import type { Sql } from '#libs/foundation';
import type { Actor } from '#libs/guards';
import { visibleApp } from './webhook-scope.js';

export interface EventTypeRow {
  name: string;
  description: string;
  schema: Record<string, unknown> | null;
  sensitivity: 'normal' | 'sensitive';
  approval: 'auto' | 'tenant_admin' | 'knogin_review';
  deprecated: boolean;
  /** For the calling app; null for an administrator, who speaks for no app. */
  approved: boolean | null;
}

/** The event types that are published to the caller's tenant, by name. */
export async function listEventTypes(
  sql: Sql,
  actor: Actor,
  language: 'de' | 'en',
): Promise<EventTypeRow[]> {
  return sql.query<EventTypeRow>(
    `SELECT e.name, e.description_${language} AS description, e.schema, e.sensitivity, e.approval,
       e.deprecated_at IS NOT NULL AS deprecated,
       CASE WHEN $2::text IS NOT NULL
         THEN event_approved(a.id, t.id, a.governance, t.governance, e.name) END AS approved
     FROM event_type e JOIN tenant t ON t.id = $1
     LEFT JOIN platform_app a ON a.id = $2 AND a.tenant_id = t.id
     WHERE e.published_to IS NULL OR t.id = ANY (e.published_to)
     ORDER BY e.name`,
    [actor.tenantId, visibleApp(actor)],
  );
}
