import type { IncomingMessage } from 'node:http';
import { AppError, BearerChallenge } from '#libs/foundation';
import { Exchange } from '../exchange.js';
import { type AuthenticateOptions, authenticateStep } from './authenticate.step.js';

describe('the authenticate step', () => {
  it('answers 503, not 502, while revocations cannot be read', async () => {
    const headers = { 'Retry-After': '5' };
    const step = authenticateStep({
      verifier: {
        verify: () => Promise.reject(new AppError('temporarily_unavailable', { headers })),
      },
      challenge: new BearerChallenge('https://api.example/.well-known/oauth-protected-resource'),
      usage: { record: () => undefined },
      audience: 'https://api.example',
    } as unknown as AuthenticateOptions);
    const authorization = 'Bearer a.b.c';
    const request = {
      url: '/graphql',
      headers: { authorization },
      rawHeaders: ['Authorization', authorization],
    } as unknown as IncomingMessage;
    const facts = { id: 'req_1', ip: '', userAgent: '', startedAtMs: 0 };
    expect(await step.run(new Exchange(request, facts))).toEqual({
      code: 'TEMPORARILY_UNAVAILABLE',
      headers,
    });
  });
});
