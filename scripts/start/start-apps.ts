import path from 'node:path';
import { StartError } from '../start-error.ts';
import { AppProcess } from './app-process.ts';
import type { Lifetime } from './lifetime.ts';
import type { Environment } from './settings.ts';

const APPS = ['auth-service', 'api-gateway'] as const;
const DRAIN_MS = 30_000;

/** The compiled entry of an app. */
export function entryOf(root: string, app: (typeof APPS)[number], file: string): string {
  return path.join(root, 'dist', 'apps', app, 'src', file);
}

/** Starts both apps and waits until they serve. One that ends by itself afterwards ends the run. */
export async function startApps(
  { root, stopper, stack }: Lifetime,
  environment: Environment,
): Promise<AppProcess[]> {
  const apps: AppProcess[] = [];
  // One entry for both, so that they drain at the same time.
  stack.defer(async () => {
    await Promise.all(apps.map((app) => app.stop(DRAIN_MS)));
  });
  stopper.onForce(() => apps.forEach((app) => app.kill()));
  for (const name of APPS)
    apps.push(new AppProcess(name, entryOf(root, name, 'main.js'), environment));
  await stopper.unlessStopped(Promise.all(apps.map((app) => app.ready())));
  for (const { name, ended } of apps)
    void ended.then((how) =>
      stopper.fail(
        new StartError(
          `${name} ended by itself (${how}) and everything else was stopped: its last words above say why.`,
        ),
      ),
    );
  return apps;
}
