import { spawn } from 'node:child_process';

export interface Leash {
  release(): void;
}

/**
 * A shell that waits for the end of this process, however it ends, and then stops the server and deletes its
 * folder: Jest runs no teardown after Ctrl-C or `kill -9`.
 */
export function leash(pid: number, directory: string): Leash {
  const script =
    'read -r _; kill -QUIT "$1"; for _ in 1 2 3 4 5; do kill -0 "$1" && sleep 0.2; done; rm -rf -- "$2"';
  const shell = spawn('sh', ['-c', script, 'leash', String(pid), directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.on('error', () => undefined);
  shell.unref();
  // The write end stays open, without holding the process, until the process is gone.
  if ('unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref();
  return { release: () => shell.kill('SIGKILL') };
}
