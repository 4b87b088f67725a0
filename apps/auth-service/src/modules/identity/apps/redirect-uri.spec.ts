import * as fc from 'fast-check';
import { redirectUriProblem, type RedirectUriRules } from './redirect-uri.js';

const web: RedirectUriRules = {
  applicationType: 'web',
  policy: { allowedRedirectHosts: null, allowLoopbackRedirects: false },
};
const native: RedirectUriRules = {
  applicationType: 'native',
  policy: { allowedRedirectHosts: null, allowLoopbackRedirects: true },
};
const accepted = (uri: string, rules = web): boolean =>
  redirectUriProblem(uri, rules) === undefined;

const host = fc.domain().map((name) => name.toLowerCase());
const segment = fc
  .stringMatching(/^[A-Za-z0-9._~-]{1,12}$/)
  .filter((text) => text !== '.' && text !== '..');
const path = fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
const query = fc.option(fc.stringMatching(/^[a-z0-9=&]{1,20}$/), { nil: undefined });
const good = fc
  .tuple(host, path, query)
  .map(([name, rest, search]) => `https://${name}${rest}${search ? `?${search}` : ''}`);

describe('redirectUriProblem', () => {
  it('accepts any https URI in its usual form', () => {
    fc.assert(fc.property(good, (uri) => accepted(uri)));
  });

  it('accepts nothing a browser could take for something else, whatever the text [O5] [O8]', () => {
    const parts = fc.constantFrom(
      'https:', 'http:', 'javascript:', 'data:', '//', '/', '\\', '@', '#', '?', '%2e', '%2F', '..', '.', ':',
      '*', ' ', '\t', '\n', '\u0000', 'é', 'example.com', '127.0.0.1', '[::1]', 'localhost', 'a', '%', '443',
    ); // prettier-ignore
    const soup = fc.oneof(
      fc.array(parts, { maxLength: 12 }).map((all) => all.join('')),
      fc.string(),
      fc.tuple(good, parts, fc.nat()).map(([uri, part, at]) => {
        const place = at % (uri.length + 1);
        return uri.slice(0, place) + part + uri.slice(place);
      }),
    );
    fc.assert(
      fc.property(soup, (uri) => {
        if (!accepted(uri)) return;
        const parsed = new URL(uri);
        expect(parsed.protocol).toBe('https:');
        expect([parsed.username, parsed.password, parsed.hash]).toEqual(['', '', '']);
        expect(uri).toMatch(/^[\x21-\x7e]+$/);
        expect(uri).not.toMatch(/[#*\\]/);
        // What was written is what a parser sees: nothing was normalised away but the letter case of the host.
        const [, written = '', rest = ''] = /^https:\/\/([^/?]*)(.*)$/i.exec(uri) ?? [];
        expect(written.replace(/:\d*$/, '').toLowerCase()).toBe(parsed.hostname);
        expect(rest.startsWith('/') ? rest : `/${rest}`).toBe(
          parsed.href.slice(parsed.origin.length),
        );
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    'javascript:alert(1)',
    'JAVASCRIPT:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'vbscript:x',
    'blob:https://example.com/x',
    'https://example.com/cb#fragment',
    'https://example.com/cb#',
    'https://user@example.com/cb',
    'https://user:pw@example.com/cb',
    'https://*.example.com/cb',
    'https://example.com/../cb',
    'https://example.com/%2e%2e/cb',
    'https://example.com/a%2Fb',
    'https://example.com\\@evil.example/cb',
    'https://example.com/ cb',
    'https:example.com/cb',
    'https:///example.com/cb',
    'https://2130706433/cb',
    'https://exämple.com/cb',
    'http://example.com/cb',
    'http://127.0.0.1/cb',
    '//example.com/cb',
    '/cb',
    'com.example.app:/cb',
    '',
    `https://example.com/${'x'.repeat(2_048)}`,
  ])('refuses %j for a web app [O8]', (uri) => {
    expect(accepted(uri)).toBe(false);
  });

  it('gives loopback to native apps by literal address only [O9]', () => {
    expect(accepted('http://127.0.0.1:51004/cb', native)).toBe(true);
    expect(accepted('http://[::1]/cb', native)).toBe(true);
    expect(accepted('http://localhost/cb', native)).toBe(false);
    expect(accepted('http://127.0.0.2/cb', native)).toBe(false);
    const off = { ...native, policy: { ...native.policy, allowLoopbackRedirects: false } };
    expect(accepted('http://127.0.0.1/cb', off)).toBe(false);
  });

  it('takes a private-use scheme of a native app that is a reversed domain name', () => {
    expect(accepted('com.example.app:/cb', native)).toBe(true);
    expect(accepted('myapp:/cb', native)).toBe(false);
  });

  it('holds the host against allowed_redirect_hosts, not its suffix', () => {
    const listed: RedirectUriRules = {
      applicationType: 'native',
      policy: { allowedRedirectHosts: ['example.com'], allowLoopbackRedirects: false },
    };
    expect(accepted('https://EXAMPLE.com:8443/cb', listed)).toBe(true);
    expect(accepted('https://evil-example.com/cb', listed)).toBe(false);
    expect(accepted('https://example.com.evil.example/cb', listed)).toBe(false);
    expect(accepted('com.example.app:/cb', listed)).toBe(false);
  });
});
