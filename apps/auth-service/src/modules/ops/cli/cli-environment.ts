import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment of a CLI call: where no DATABASE_URL is set, that of the running `npm start` with the same
 * DATA_DIR, which keeps it in `runtime.json`.
 */
export function cliEnvironment(environment: Environment): Environment {
  if ((environment.DATABASE_URL ?? '') !== '') return environment;
  const dataDir = environment.DATA_DIR ?? '.data';
  try {
    const runtime = JSON.parse(readFileSync(join(dataDir, 'runtime.json'), 'utf8')) as {
      environment?: Environment;
    };
    return { ...environment, ...runtime.environment };
  } catch {
    return environment;
  }
}
