import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '#libs/foundation';
import { z } from 'zod';

const runtime = z.looseObject({ environment: z.record(z.string(), z.string()) });

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment of a CLI call: where no DATABASE_URL is set, that of the running `npm start` with the same
 * DATA_DIR, which keeps it in `runtime.json`.
 * @throws ConfigError where that file is damaged: the command would run on nothing, or on something else
 */
export function cliEnvironment(environment: Environment): Environment {
  if ((environment.DATABASE_URL ?? '') !== '') return environment;
  const file = join(environment.DATA_DIR ?? '.data', 'runtime.json');
  const text = readIfThere(file);
  return text === undefined ? environment : { ...environment, ...parse(file, text) };
}

/** @throws ConfigError where there is a file that cannot be read */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new ConfigError(`${file} cannot be read (${code ?? 'unknown'}): check who may.`);
  }
}

/** @throws ConfigError where the file is not what `npm start` writes */
function parse(file: string, text: string): Environment {
  try {
    return runtime.parse(JSON.parse(text)).environment;
  } catch {
    // Its reason would repeat what stands in the file.
    const advice = 'stop what runs on it and `npm start` again, or set DATABASE_URL';
    throw new ConfigError(`${file} is not what \`npm start\` writes: ${advice}.`);
  }
}
