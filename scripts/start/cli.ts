import { execFile } from 'node:child_process';
import { StartError } from '../start-error.ts';
import type { Environment } from './settings.ts';

/** Runs a command of the operator's CLI with `--json` and returns its answer. Throws its sentence when it fails. */
export function cli<T>(
  main: string,
  environment: Environment,
  ...command: readonly string[]
): Promise<T> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [main, ...command, '--json'],
      { env: environment },
      (error, stdout, stderr) => {
        if (error) reject(new StartError(stderr.trim() || error.message));
        else resolve(JSON.parse(stdout) as T);
      },
    );
  });
}
