import pg from 'pg';

/** Of our own tables and functions. */
const SCHEMA = 'public';

/**
 * Gives the application role what it needs on everything that the migration role owns, now and later, and no way
 * to change the audit log. To be repeated after every migration.
 * @param owner connected as the migration role
 * @param queueSchema of BullMQ, which makes a sequence there for every new queue
 * @param databaseUrl of the application role
 * @throws Error one sentence, where the application role could change the audit log nevertheless; nothing is granted
 */
export async function grantToApplicationRole(
  owner: pg.Client,
  queueSchema: string,
  databaseUrl: string,
): Promise<void> {
  const name = await roleOf(databaseUrl);
  const role = pg.escapeIdentifier(name);
  const queue = pg.escapeIdentifier(queueSchema);
  await owner.query('BEGIN');
  try {
    const existing = await owner.query<{ statement: string }>(grantsOnExisting, [
      [SCHEMA, queueSchema],
      role,
    ]);
    const statements = [
      ...[SCHEMA, queue].flatMap((schema) => defaultGrants(schema, role)),
      `GRANT CREATE ON SCHEMA ${queue} TO ${role}`,
      ...existing.rows.map(({ statement }) => statement),
      `REVOKE UPDATE, DELETE, TRUNCATE ON ${SCHEMA}.audit_log FROM ${role}`,
    ];
    await owner.query(statements.join(';\n'));
    await refuseIfAuditLogCanChange(owner, name);
    await owner.query('COMMIT');
  } catch (error) {
    await owner.query('ROLLBACK');
    throw error;
  }
}

async function roleOf(databaseUrl: string): Promise<string> {
  const application = new pg.Client({ connectionString: databaseUrl });
  await application.connect();
  try {
    const { rows } = await application.query<{ role: string }>('SELECT current_user AS role');
    return rows[0]?.role ?? '';
  } finally {
    await application.end();
  }
}

function defaultGrants(schema: string, role: string): string[] {
  const later = `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT`;
  return [
    `GRANT USAGE ON SCHEMA ${schema} TO ${role}`,
    `${later} SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${role}`,
    `${later} USAGE, SELECT, UPDATE ON SEQUENCES TO ${role}`,
    `${later} EXECUTE ON FUNCTIONS TO ${role}`,
  ];
}

/**
 * The statements for what the migration role owns. Not `ON ALL … IN SCHEMA`, which fails at the first thing of
 * somebody else's, and the sequences of queues are the application's.
 */
const grantsOnExisting = `
  SELECT CASE WHEN relkind = 'S' THEN format('GRANT USAGE, SELECT, UPDATE ON SEQUENCE %s TO %s', oid::regclass, $2::text)
         ELSE format('GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE %s TO %s', oid::regclass, $2::text) END AS statement
  FROM pg_class
  WHERE relnamespace = ANY ($1::text[]::regnamespace[]) AND relkind IN ('r', 'p', 'v', 'S') AND relowner = current_user::regrole
  UNION ALL
  SELECT format('GRANT EXECUTE ON FUNCTION %s TO %s', oid::regprocedure, $2::text)
  FROM pg_proc
  WHERE pronamespace = ANY ($1::text[]::regnamespace[]) AND proowner = current_user::regrole`;

/** The owner of a table can always grant itself what was revoked, and so can its members and superusers. */
async function refuseIfAuditLogCanChange(owner: pg.Client, role: string): Promise<void> {
  const { rows } = await owner.query<{ may_change: boolean }>(
    `SELECT pg_has_role($1, relowner, 'MEMBER') OR has_table_privilege($1, oid, 'UPDATE, DELETE, TRUNCATE') AS may_change
     FROM pg_class WHERE oid = '${SCHEMA}.audit_log'::regclass`,
    [role],
  );
  if (rows[0]?.may_change !== false)
    throw new Error(
      'The role of DATABASE_URL can still change the audit log: with DATABASE_MIGRATION_URL it must be neither a superuser, nor the owner of the tables, nor a member of that role.',
    );
}
