import { execFileSync } from 'node:child_process';
import type { OurServer } from './our-server.ts';

/** A token of an administrator of the bench's tenant. */
export function adminToken({ environment }: OurServer): string {
  const cli = new URL('../../dist/apps/auth-service/src/cli.main.js', import.meta.url).pathname;
  const words = [cli, 'admin-token', '--tenant', 'bench', '--json'];
  const answer = execFileSync(process.execPath, words, { env: environment }).toString();
  return (JSON.parse(answer) as { access_token: string }).access_token;
}
