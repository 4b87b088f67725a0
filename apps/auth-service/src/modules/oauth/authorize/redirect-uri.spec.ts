import { AuthorizeParameters } from './authorize-parameters.js';
import { matchRedirectUri, redirectWith } from './redirect-uri.js';

const web = { applicationType: 'web' as const, redirectUris: ['https://app.example/cb'] };
const native = {
  applicationType: 'native' as const,
  redirectUris: ['http://127.0.0.1/cb', 'http://[::1]:4000/cb', 'com.example.app:/cb'],
};

describe('matchRedirectUri', () => {
  it('[O5] takes the registered text and nothing like it', () => {
    expect(matchRedirectUri(web, 'https://app.example/cb')).toBe('https://app.example/cb');
    for (const uri of [
      'https://app.example/cb/',
      'https://app.example/cb?x=1',
      'https://app.example/cb#f',
      'https://app.example/cbx',
      'https://app.example/CB',
      'https://APP.example/cb',
      'https://app.example:443/cb',
      'https://app.example/%63b',
      'https://app.example.evil.example/cb',
      'https://app.example@evil.example/cb',
      'http://app.example/cb',
      'https://app.example/x/../cb',
    ])
      expect([uri, matchRedirectUri(web, uri)]).toEqual([uri, undefined]);
  });

  it('takes the only one where none was sent, and guesses between none', () => {
    expect(matchRedirectUri(web, undefined)).toBe('https://app.example/cb');
    expect(matchRedirectUri(native, undefined)).toBeUndefined();
  });

  it('[O9] lets native apps choose the port of a loopback address, and nobody else', () => {
    expect(matchRedirectUri(native, 'http://127.0.0.1:51234/cb')).toBe('http://127.0.0.1:51234/cb');
    expect(matchRedirectUri(native, 'http://[::1]:1/cb')).toBe('http://[::1]:1/cb');
    for (const uri of [
      'http://localhost:51234/cb',
      'http://127.0.0.1:51234/other',
      'http://127.0.0.1:51234@evil.example/cb',
      'http://127.0.0.1.evil.example/cb',
      'https://127.0.0.1:51234/cb',
    ])
      expect([uri, matchRedirectUri(native, uri)]).toEqual([uri, undefined]);
    const webLoopback = { applicationType: 'web' as const, redirectUris: ['http://127.0.0.1/cb'] };
    expect(matchRedirectUri(webLoopback, 'http://127.0.0.1:51234/cb')).toBeUndefined();
  });
});

describe('AuthorizeParameters', () => {
  it('[O14] takes names letter for letter, wherever they stand', () => {
    for (const text of ['?scope=x&scope=y', 'scope=y&?scope=x']) {
      const parameters = new AuthorizeParameters(text);
      expect([parameters.get('scope'), parameters.hasRepeated()]).toEqual(['y', false]);
    }
  });
});

describe('redirectWith', () => {
  it('[O11] keeps the registered query and adds one question mark at most', () => {
    const add = { code: 'c' };
    expect(redirectWith('https://a.example/cb', add)).toBe('https://a.example/cb?code=c');
    expect(redirectWith('https://a.example/cb?x=%2F+1', add)).toBe(
      'https://a.example/cb?x=%2F+1&code=c',
    );
    expect(redirectWith('https://a.example/cb?', add)).toBe('https://a.example/cb?code=c');
    expect(redirectWith('com.example.app:/cb', add)).toBe('com.example.app:/cb?code=c');
  });

  it('[O10] hands the state back as it was encoded', () => {
    for (const raw of ['a+b', 'a%20b', '%C3%A4%2B', 'x%3D%26y', "~!$'()*"]) {
      const parameters = new AuthorizeParameters(`state=${raw}`);
      expect(parameters.raw('state')).toBe(raw);
    }
    expect(new AuthorizeParameters('state=ä"<').raw('state')).toBe('%C3%A4%22%3C');
  });
});
