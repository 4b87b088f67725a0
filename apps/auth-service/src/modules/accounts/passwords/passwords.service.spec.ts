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

  it('[O74] leaves libuv’s pool alone: many hashes wait for few threads, and the loop turns', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await Promise.all(Array.from({ length: 10 }, () => passwords.hash('correct horse battery')));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(10);
  });

  it('says what a password lacks', () => {
    expect(passwordProblem('short', 'a@example.com')).toBe('passwordTooShort');
    expect(passwordProblem('x'.repeat(257), 'a@example.com')).toBe('passwordTooLong');
    expect(passwordProblem('aaaaaaaaaaaaaa', 'a@example.com')).toBe('passwordGuessable');
    expect(passwordProblem('anna-maria-2026', 'anna-maria@example.com')).toBe('passwordGuessable');
    expect(passwordProblem('correct horse battery', 'a@example.com')).toBeUndefined();
  });
});
