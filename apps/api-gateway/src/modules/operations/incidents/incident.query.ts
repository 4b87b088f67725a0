import { decodeId, encodeId, type Sql } from '#libs/foundation';
import { invalidCursor, type PageField } from '../schema/invalid-cursor.js';
import type { Connection } from '../schema/page.models.js';
import type { IncidentFilter, IncidentOrder } from './incident.inputs.js';
import type {
  Incident,
  IncidentEntry,
  IncidentEntryKind,
  IncidentSeverity,
  IncidentStatus,
} from './incident.model.js';

export interface IncidentRow {
  id: string;
  number: number;
  title: string;
  description: string | null;
  status: IncidentStatus;
  severity: IncidentSeverity;
  source: string | null;
  external_ref: string | null;
  labels: string[];
  version: number;
  close_reason: string | null;
  created_at: Date;
  updated_at: Date;
  closed_at: Date | null;
}

interface EntryRow {
  id: string;
  kind: IncidentEntryKind;
  actor: string;
  note: string | null;
  changes: Record<string, unknown> | null;
  at: Date;
}

export interface PageRequest {
  first: number;
  after?: string | null | undefined;
  /** Where the page is asked for. */
  field: PageField;
}

const COLUMNS = `id, number, title, description, status, severity, source, external_ref, labels, version, close_reason,
  created_at, updated_at, closed_at`;

/** The tenant's incident; a foreign id and a malformed one do not exist. */
export async function findIncident(
  sql: Sql,
  tenantId: string,
  wireId: string,
  options: { forUpdate?: boolean } = {},
): Promise<IncidentRow | undefined> {
  const id = decodeId('inc', wireId);
  if (id === undefined) return undefined;
  const lock = options.forUpdate ? ' FOR UPDATE' : '';
  const [row] = await sql.query<IncidentRow>(
    `SELECT ${COLUMNS} FROM incident WHERE tenant_id = $1 AND id = $2${lock}`,
    [tenantId, id],
  );
  return row;
}

/** One page by keyset, newest first by the chosen time. */
export async function listIncidents(
  sql: Sql,
  tenantId: string,
  page: PageRequest,
  options: { filter: IncidentFilter; orderBy: IncidentOrder },
): Promise<Connection<Incident>> {
  const { filter, orderBy } = options;
  const [at, id] = page.after ? decodeCursor(page.after, 'inc', page.field) : [null, null];
  const rows = await sql.query<IncidentRow>(
    `SELECT ${COLUMNS} FROM incident
     WHERE tenant_id = $1
       AND ($2::text[] IS NULL OR status = ANY ($2)) AND ($3::text[] IS NULL OR severity = ANY ($3))
       AND ($4::text IS NULL OR $4 = ANY (labels)) AND ($5::text IS NULL OR external_ref = $5)
       AND ($6::timestamptz IS NULL OR updated_at >= $6)
       AND ($7::timestamptz IS NULL OR (${orderBy}, id) < ($7, $8::uuid))
     ORDER BY ${orderBy} DESC, id DESC LIMIT $9`,
    [
      tenantId,
      filter.status ?? null,
      filter.severity ?? null,
      filter.label ?? null,
      filter.externalRef ?? null,
      filter.updatedSince ?? null,
      at,
      id,
      page.first + 1,
    ],
  );
  return toConnection(rows, page.first, toIncident, (row) =>
    encodeCursor(row[orderBy], 'inc', row.id),
  );
}

/** What happened to an incident, newest first. */
export async function listEntries(
  sql: Sql,
  tenantId: string,
  incidentId: string,
  page: PageRequest,
): Promise<Connection<IncidentEntry>> {
  const after = page.after ? decodeId('ine', page.after) : undefined;
  if (page.after && after === undefined) throw invalidCursor(page.field);
  const rows = await sql.query<EntryRow>(
    `SELECT id, kind, actor, note, changes, at FROM incident_entry
     WHERE incident_id = $1 AND tenant_id = $2 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4`,
    [decodeId('inc', incidentId), tenantId, after ?? null, page.first + 1],
  );
  const toEntry = (row: EntryRow): IncidentEntry => ({ ...row, id: encodeId('ine', row.id) });
  return toConnection(rows, page.first, toEntry, (row) => encodeId('ine', row.id));
}

export function toIncident(row: IncidentRow): Incident {
  return {
    id: encodeId('inc', row.id),
    reference: `INC-${row.number}`,
    title: row.title,
    description: row.description,
    status: row.status,
    severity: row.severity,
    source: row.source,
    externalRef: row.external_ref,
    labels: row.labels,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    closedAt: row.closed_at,
    closeReason: row.close_reason,
  };
}

/** One row more than was asked for says that there is a next page. */
function toConnection<Row, Node>(
  rows: readonly Row[],
  first: number,
  toNode: (row: Row) => Node,
  cursorOf: (row: Row) => string,
): Connection<Node> {
  const page = rows.slice(0, first);
  const last = page.at(-1);
  const hasNextPage = rows.length > first;
  return {
    nodes: page.map(toNode),
    pageInfo: { hasNextPage, endCursor: last ? cursorOf(last) : null },
  };
}

function encodeCursor(at: Date, prefix: 'inc', id: string): string {
  return `${at.getTime()}.${encodeId(prefix, id)}`;
}

/** A cursor says only where to go on; whose rows are read is never taken from it. */
function decodeCursor(cursor: string, prefix: 'inc', field: PageField): [Date, string] {
  const [at = '', wireId = ''] = cursor.split('.');
  const id = decodeId(prefix, wireId);
  if (!/^\d{1,15}$/.test(at) || id === undefined) throw invalidCursor(field);
  return [new Date(Number(at)), id];
}
