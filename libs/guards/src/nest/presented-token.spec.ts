import type { IncomingMessage } from 'node:http';
import { BearerChallenge } from '#libs/foundation';
import { presentedToken } from './presented-token.js';

const challenge = new BearerChallenge('https://api.example/.well-known/oauth-protected-resource');

function presented(authorization: string): string {
  const rawHeaders = ['Authorization', authorization];
  const request: Partial<IncomingMessage> = { url: '/', headers: { authorization }, rawHeaders };
  return presentedToken(request as IncomingMessage, challenge);
}

describe('presentedToken', () => {
  it.each(['Bearer a.b-c_~+/==', 'bearer  a.b-c_~+/==', 'BEARER   a.b-c_~+/=='])(
    'takes %j, with one space or more (RFC 6750 section 2.1)',
    (header) => {
      expect(presented(header)).toBe('a.b-c_~+/==');
    },
  );

  it.each(['Bearer', 'Bearer a b', 'Bearer =a', 'Bearer \ta'])(
    'refuses %j as no token',
    (header) => {
      expect(() => presented(header)).toThrow(expect.objectContaining({ code: 'invalid_token' }));
    },
  );

  it.each(['Basic YTpi', 'Bearera'])('finds no bearer token in %j', (header) => {
    expect(() => presented(header)).toThrow(expect.objectContaining({ code: 'missing_token' }));
  });
});
