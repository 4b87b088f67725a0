import { randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Argon2Parameters, Argon2Pool } from './argon2-pool.js';

/** OWASP's minimum for argon2id, one lane. */
const current: Argon2Parameters = { memory: 19_456, passes: 2, parallelism: 1 };
const saltBytes = 16;
export const shortestPassword = 12;
export const longestPassword = 256;

/** Hashes and checks passwords off the event loop; half the cores at most. */
@Injectable()
export class Passwords implements OnApplicationShutdown {
  private pool: Argon2Pool | undefined;

  async onApplicationShutdown(): Promise<void> {
    await this.pool?.close();
  }

  /** A PHC string: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(saltBytes);
    return encode(current, salt, await this.derive(password, salt, current));
  }

  /** Checks against a stored hash, or against none with the same work. */
  async verify(password: string, stored: string | undefined): Promise<boolean> {
    const decoded = stored === undefined ? undefined : decode(stored);
    const { parameters, salt, tag } = decoded ?? nobody;
    const derived = await this.derive(password, salt, parameters);
    const equal = derived.length === tag.length && timingSafeEqual(derived, tag);
    return equal && decoded !== undefined;
  }

  private async derive(
    password: string,
    salt: Buffer,
    parameters: Argon2Parameters,
  ): Promise<Buffer> {
    // Made at the first password: the CLI and most tests never see one.
    this.pool ??= new Argon2Pool(Math.max(1, Math.floor(availableParallelism() / 2)));
    return this.pool.hash(Buffer.from(password.normalize('NFC')), salt, parameters);
  }
}

/** Why a new password is not good enough, as the key of a message; undefined where it is. */
export function passwordProblem(
  password: string,
  email: string,
): 'passwordTooShort' | 'passwordTooLong' | 'passwordGuessable' | undefined {
  const letters = Array.from(password);
  if (letters.length < shortestPassword) return 'passwordTooShort';
  if (letters.length > longestPassword) return 'passwordTooLong';
  const text = password.toLowerCase();
  const [name = ''] = email.toLowerCase().split('@');
  const repeats = new Set(letters).size < 5 || isOneWordAgain(text);
  if (repeats || (name.length > 3 && text.includes(name)) || text.includes('knogin'))
    return 'passwordGuessable';
  return undefined;
}

/** `passwordpassword`: as easy as its half. */
function isOneWordAgain(text: string): boolean {
  return `${text}${text}`.indexOf(text, 1) < text.length;
}

const nobody = { parameters: current, salt: Buffer.alloc(saltBytes), tag: Buffer.alloc(32) };

function encode(
  { memory, passes, parallelism }: Argon2Parameters,
  salt: Buffer,
  tag: Buffer,
): string {
  const text = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${text(salt)}$${text(tag)}`;
}

function decode(stored: string): typeof nobody | undefined {
  const pattern = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
  const [, memory, passes, parallelism, salt, tag] = pattern.exec(stored) ?? [];
  if (salt === undefined || tag === undefined) return undefined;
  const parameters = {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  };
  return { parameters, salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') };
}
