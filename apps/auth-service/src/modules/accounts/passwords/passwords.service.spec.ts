import { generateKeyPairSync, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { passwordProblem, Passwords } from './passwords.service.js';

describe('Passwords', () => {
  const passwords = new Passwords();

  afterAll(() => passwords.onApplicationShutdown());

  it('keeps an argon2id string that only the password opens', async () => {
    const stored = await passwords.hash('correct horse battery');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await passwords.verify('correct horse battery', stored)).toBe(true);
    expect(await passwords.verify('correct horse batterz', stored)).toBe(false);
    expect(await passwords.verify('correct horse battery', undefined)).toBe(false);
  });

  it('[O28] reads every letter of a long password', async () => {
    const long = 'long password '.repeat(10);
    const stored = await passwords.hash(`${long}a`);
    expect(await passwords.verify(`${long}b`, stored)).toBe(false);
    expect(await passwords.verify(`${long}a`, stored)).toBe(true);
  });

  it('[O74] leaves libuv’s pool and the loop alone: signatures overtake the hashes that wait', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const signRsa = promisify(sign);
    let waiting = 40;
    const hashes = Array.from({ length: waiting }, async () => {
      await passwords.hash('correct horse battery');
      waiting--;
    });
    // In libuv's pool, first come, first served, these would stand behind all of the hashes.
    for (let i = 0; i < 8; i++) await signRsa('sha256', Buffer.from(`token ${i}`), privateKey);
    expect(waiting).toBeGreaterThan(20);
    await Promise.all(hashes);
    expect(waiting).toBe(0);
  });

  it('says what a password lacks', () => {
    expect(passwordProblem('short', 'a@example.com')).toBe('passwordTooShort');
    expect(passwordProblem('x'.repeat(257), 'a@example.com')).toBe('passwordTooLong');
    expect(passwordProblem('aaaaaaaaaaaaaa', 'a@example.com')).toBe('passwordGuessable');
    expect(passwordProblem('PasswordPassword', 'a@example.com')).toBe('passwordGuessable');
    expect(passwordProblem('abcdeabcdeabcde', 'a@example.com')).toBe('passwordGuessable');
    expect(passwordProblem('anna-maria-2026', 'anna-maria@example.com')).toBe('passwordGuessable');
    expect(passwordProblem('correct horse battery', 'a@example.com')).toBeUndefined();
  });
});
