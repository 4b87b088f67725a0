import { SessionCookie } from './session-cookie.js';

describe('the session cookie', () => {
  it('is bound to its host and to TLS wherever the issuer is https, in any case', () => {
    for (const issuer of ['https://auth.example', 'HTTPS://auth.example']) {
      const cookie = new SessionCookie(issuer).set('x');
      expect(cookie).toBe('__Host-kng_sid=x; Path=/; HttpOnly; SameSite=Lax; Secure');
    }
  });

  it('has a plain name on loopback without TLS, where browsers refuse the other', () => {
    const cookie = new SessionCookie('http://127.0.0.1:3001').set('x');
    expect(cookie).toBe('kng_sid=x; Path=/; HttpOnly; SameSite=Lax');
  });
});
