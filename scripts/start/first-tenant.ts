import pg from 'pg';
import type { DataDir } from '../data-dir.ts';

const TENANT = 'demo';
const FILE = 'first-steps.txt';

interface Request {
  readonly dataDir: DataDir;
  readonly databaseUrl: string;
  readonly authUrl: string;
  /** Runs a command of the operator's CLI. */
  readonly run: <T>(...command: readonly string[]) => Promise<T>;
  readonly isTerminal: boolean;
}

/**
 * Makes a tenant where there is none yet, and the words that get a newcomer going: on a terminal the token and the
 * commands themselves, else the name of a 0600 file, because output that is not a terminal ends up in a log.
 */
export async function greetFirstTenant(request: Request): Promise<string | undefined> {
  if (!(await isEmpty(request.databaseUrl))) return undefined;
  await request.run('tenants', 'create', '--slug', TENANT);
  const { access_token } = await request.run<{ access_token: string }>(
    ...['admin-token', '--tenant', TENANT],
  );
  const steps = firstSteps(request.authUrl, access_token);
  if (request.isTerminal) return steps;
  const file = request.dataDir.write(FILE, steps);
  return `A tenant called "${TENANT}" was made; its admin token and three first commands are in ${file}.`;
}

export function firstSteps(authUrl: string, token: string): string {
  const bearer = `-H "Authorization: Bearer ${token}"`;
  const app = JSON.stringify({
    name: 'Case sync connector',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    requested_scopes: ['webhooks:write'],
  });
  return [
    `A tenant called "${TENANT}" was made. Its admin access token, valid for one hour:`,
    '',
    token,
    '',
    'The scopes an app can ask for:',
    '',
    `curl -sS ${authUrl}/v1/platform/scopes ${bearer}`,
    '',
    'Register an app (its client secret is shown this once):',
    '',
    `curl -sS ${authUrl}/v1/platform/apps ${bearer} -H "Content-Type: application/json" -d '${app}'`,
    '',
    'See it listed:',
    '',
    `curl -sS ${authUrl}/v1/platform/apps ${bearer}`,
    '',
    `A new token later: npm run --silent cli -- admin-token --tenant ${TENANT}`,
  ].join('\n');
}

async function isEmpty(databaseUrl: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query('SELECT 1 FROM tenant LIMIT 1')).rowCount === 0;
  } finally {
    await client.end();
  }
}
