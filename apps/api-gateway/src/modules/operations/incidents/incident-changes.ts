import type { UpdateIncidentInput } from './incident.inputs.js';
import type { IncidentRow } from './incident.query.js';
import { normalizeLabels } from './incident-rules.js';

/** The columns an update may set. */
export type IncidentColumns = Pick<
  IncidentRow,
  'title' | 'description' | 'status' | 'severity' | 'source' | 'external_ref' | 'labels'
>;

export type IncidentChanges = Record<string, { from: unknown; to: unknown }>;

/** The row as the update leaves it: absent keeps, null clears where a field can be empty. */
export function applyUpdate(row: IncidentRow, input: UpdateIncidentInput): IncidentColumns {
  return {
    title: input.title ?? row.title,
    description: input.description === undefined ? row.description : input.description,
    status: input.status ?? row.status,
    severity: input.severity ?? row.severity,
    source: input.source === undefined ? row.source : input.source,
    external_ref: input.externalRef === undefined ? row.external_ref : input.externalRef,
    labels: input.labels === undefined ? row.labels : normalizeLabels(input.labels ?? []),
  };
}

/** What differs, by column name as on the wire of an event. */
export function changesBetween(row: IncidentRow, next: IncidentColumns): IncidentChanges {
  const changes: IncidentChanges = {};
  for (const name of Object.keys(next) as (keyof IncidentColumns)[]) {
    const [from, to] = [row[name], next[name]];
    if (JSON.stringify(from) !== JSON.stringify(to)) changes[name] = { from, to };
  }
  return changes;
}
