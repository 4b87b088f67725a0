/** How Jest's parent process tells its workers where the PostgreSQL server of this run is. */
export interface TestServer {
  /** Connection string of a role that may create databases. */
  readonly adminUrl: string;
  /** Every database of this run begins with it, the template included. */
  readonly prefix: string;
}

const ADMIN_URL = 'TEST_SERVER_ADMIN_URL';
const PREFIX = 'TEST_SERVER_PREFIX';

export function announceTestServer({ adminUrl, prefix }: TestServer): void {
  process.env[ADMIN_URL] = adminUrl;
  process.env[PREFIX] = prefix;
}

/** Throws where the run was taken for one of unit specs only: name a spec that wants a database `*.int-spec.ts`. */
export function testServer(): TestServer {
  const adminUrl = process.env[ADMIN_URL];
  const prefix = process.env[PREFIX];
  if (!adminUrl || !prefix)
    throw new Error(
      'This run has no PostgreSQL: a spec that needs one is called *.int-spec.ts or *.e2e-spec.ts.',
    );
  return { adminUrl, prefix };
}
