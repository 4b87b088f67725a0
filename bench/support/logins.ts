import { fork } from 'node:child_process';
import { once } from 'node:events';

/** Logins that stand ready to be sent. */
export interface ReadyLogins {
  /** Sends them all at once. @returns when all are answered */
  send(): Promise<void>;
}

/**
 * So many failed logins, to be sent at once: each costs one argon2id, as a good one does. From a process of its own,
 * so that they do not hold up whoever measures.
 */
export async function prepareLogins(port: number, times: number): Promise<ReadyLogins> {
  const program = new URL('../servers/login-client.ts', import.meta.url).pathname;
  const child = fork(program, [String(port), String(times)]);
  const ended = once(child, 'exit') as Promise<[number | null]>;
  await Promise.race([once(child, 'message'), ended]);
  return {
    send: async () => {
      child.send('go');
      const [code] = await ended;
      if (code !== 0) throw new Error(`the logins ended with ${String(code)}`);
    },
  };
}
