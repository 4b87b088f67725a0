import { AppError } from '#libs/foundation';
import type { EffectivePolicy } from '../governance/effective-policy.js';

interface LiveSecret {
  id: string;
  expiresAt: Date | null;
}

export interface RotationPlan {
  previous: { id: string; expiresAt: Date }[];
  revoked: string[];
}

const defaultOverlapSeconds = 86_400;

/**
 * What a rotation does to the secrets that live now: the newest live on for the overlap, as many as the policy
 * has room for beside the new one; the others die at once.
 * @param live newest first
 * @throws AppError validation_failed when the overlap passes the policy's
 */
export function planRotation(
  live: readonly LiveSecret[],
  policy: Pick<EffectivePolicy, 'maxLiveSecrets' | 'secretOverlapMaxSeconds'>,
  overlapSeconds: number | undefined,
  now: Date,
): RotationPlan {
  const longest = policy.secretOverlapMaxSeconds;
  if (overlapSeconds !== undefined && overlapSeconds > longest)
    throw new AppError('validation_failed', {
      detail: 'Correct the members named in errors.',
      errors: [
        {
          pointer: '/overlap_seconds',
          code: 'too_big',
          message: `The governance allows at most ${longest} seconds.`,
        },
      ],
    });
  const overlap = overlapSeconds ?? Math.min(defaultOverlapSeconds, longest);
  const room = overlap === 0 ? 0 : policy.maxLiveSecrets - 1;
  const end = new Date(now.getTime() + overlap * 1000);
  return {
    previous: live.slice(0, room).map(({ id, expiresAt }) => ({
      id,
      expiresAt: expiresAt !== null && expiresAt < end ? expiresAt : end,
    })),
    revoked: live.slice(room).map(({ id }) => id),
  };
}
