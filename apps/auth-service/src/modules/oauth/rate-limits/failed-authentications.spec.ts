import { OAuthError } from '#libs/foundation';
import { LocalBackOff } from '#libs/guards';
import { FixedClock } from '#libs/testing';
import type { AuthConfig } from '../../../config.js';
import { FailedAuthentications } from './failed-authentications.js';

describe('FailedAuthentications', () => {
  const clock = new FixedClock();
  const failures = (scale = 1): FailedAuthentications =>
    new FailedAuthentications(new LocalBackOff(clock), { rateLimitScale: scale } as AuthConfig);
  /** What one attempt is answered: a result, or status and Retry-After. */
  const attempt = async (
    limiter: FailedAuthentications,
    secret: 'right' | 'wrong',
    { ip = '192.0.2.1', id = 'app_a' } = {},
  ): Promise<unknown> => {
    try {
      return await limiter.attempt(id, ip, async () => (secret === 'right' ? 'proved' : undefined));
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      return error.status === 429 ? [429, error.headers['Retry-After']] : error.status;
    }
  };
  const fail = async (
    limiter: FailedAuthentications,
    times: number,
    from: { ip?: string; id?: string } = {},
  ): Promise<unknown[]> => {
    const answers: unknown[] = [];
    for (let i = 0; i < times; i++) answers.push(await attempt(limiter, 'wrong', from));
    return answers;
  };

  it('lets ten failures a minute pass and backs off from the eleventh, doubling', async () => {
    const limiter = failures();
    expect(await fail(limiter, 11)).toEqual(Array.from({ length: 11 }, () => 401));
    expect(await attempt(limiter, 'right')).toEqual([429, '1']);
    clock.advance(1_000);
    expect(await attempt(limiter, 'wrong')).toBe(401);
    expect(await attempt(limiter, 'right')).toEqual([429, '2']);
    clock.advance(2_000);
    expect(await attempt(limiter, 'right')).toBe('proved');
  });

  it('counts many at once for one step, and one admitted after it for the next', async () => {
    const limiter = failures();
    await Promise.all(Array.from({ length: 25 }, () => attempt(limiter, 'wrong')));
    expect(await attempt(limiter, 'right')).toEqual([429, '1']);
    clock.advance(1_000);
    await Promise.all(Array.from({ length: 25 }, () => attempt(limiter, 'wrong')));
    expect(await attempt(limiter, 'right')).toEqual([429, '2']);
  });

  it('tells the limit as every 429 does', async () => {
    const limiter = failures();
    await fail(limiter, 11);
    await expect(limiter.attempt('app_a', '192.0.2.1', async () => 'proved')).rejects.toMatchObject(
      {
        headers: {
          'RateLimit-Policy': '"failures";q=10;w=60',
          RateLimit: '"failures";r=0;t=1',
          'Retry-After': '1',
        },
      },
    );
  });

  it('[O61] locks nobody out who asks from elsewhere, nor another client from the same place', async () => {
    const limiter = failures();
    await fail(limiter, 20);
    expect(await attempt(limiter, 'right')).toEqual([429, '1']);
    expect(await attempt(limiter, 'right', { ip: '192.0.2.2' })).toBe('proved');
    expect(await attempt(limiter, 'right', { id: 'app_b' })).toBe('proved');
  });

  it('takes an IPv6 /64 for one caller', async () => {
    const limiter = failures();
    await fail(limiter, 11, { ip: '2001:db8:1:2::1' });
    expect(await attempt(limiter, 'right', { ip: '2001:db8:1:2:ffff::9' })).toEqual([429, '1']);
    expect(await attempt(limiter, 'right', { ip: '2001:db8:1:3::1' })).toBe('proved');
  });

  it('forgets after a minute, and at a success', async () => {
    const limiter = failures();
    await fail(limiter, 10);
    clock.advance(60_000);
    await fail(limiter, 10);
    expect(await attempt(limiter, 'right')).toBe('proved');
    await fail(limiter, 10);
    expect(await attempt(limiter, 'right')).toBe('proved');
  });

  it('is off where the scale is 0', async () => {
    const limiter = failures(0);
    await fail(limiter, 30);
    expect(await attempt(limiter, 'right')).toBe('proved');
  });
});
