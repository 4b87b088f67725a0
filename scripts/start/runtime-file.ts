import type { DataDir } from '../data-dir.ts';
import type { Environment, ListenerKey } from './settings.ts';

const NAME = 'runtime.json';

/** `DATA_DIR/runtime.json` (0600): where the running system is, for the CLI and for people. */
export interface Runtime {
  readonly pids: Readonly<Record<string, number>>;
  readonly ports: Readonly<Record<ListenerKey, number>>;
  readonly urls: Readonly<Record<ListenerKey, string>>;
  readonly database_url: string;
  /** What a process needs to run on the same database under the same name. */
  readonly environment: Environment;
}

export function writeRuntimeFile(dataDir: DataDir, runtime: Runtime): void {
  dataDir.write(NAME, JSON.stringify(runtime, null, 2));
}

export function removeRuntimeFile(dataDir: DataDir): void {
  dataDir.remove(NAME);
}
