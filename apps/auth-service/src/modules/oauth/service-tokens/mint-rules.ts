import { AppError, CidrList } from '#libs/foundation';
import type { Actor } from '#libs/guards';
import type { EffectivePolicy } from '../../identity/index.js';

const defaultTtlSeconds = 86_400;

/** @throws AppError service_token_not_allowed, app_suspended, service_tokens_disabled, ip_not_allowed */
export function assertMintable(actor: Actor, policy: EffectivePolicy): void {
  // A token that could mint another would renew itself for ever.
  if (actor.kind === 'service') throw new AppError('service_token_not_allowed');
  if (policy.status === 'suspended')
    throw new AppError('app_suspended', {
      detail:
        'Set status to active in its governance first; where the tenant is suspended, ask Knogin.',
    });
  if (!policy.allowServiceTokens)
    throw new AppError('service_tokens_disabled', {
      detail:
        'Set allow_service_tokens in the governance of the app; where that answers false still, the ceiling of your tenant is in the way, which an operator of Knogin lifts.',
    });
  if (policy.allowedCidrs && !new CidrList(policy.allowedCidrs).includes(actor.request.ip))
    throw new AppError('ip_not_allowed', {
      detail: 'Call from an address within allowed_cidrs of the app and its tenant.',
    });
}

/** Refused rather than cut short in silence. @throws AppError validation_failed */
export function requestedTtlSeconds(
  requested: number | undefined,
  { serviceTokenMaxTtlSeconds: longest }: EffectivePolicy,
): number {
  if (requested === undefined) return Math.min(defaultTtlSeconds, longest);
  if (requested <= longest) return requested;
  throw new AppError('validation_failed', {
    detail: 'Correct the members named in errors.',
    errors: [
      {
        pointer: '/ttl_seconds',
        code: 'too_big',
        message: `The governance of the app, or the ceiling of its tenant, allows at most ${longest} seconds.`,
      },
    ],
  });
}
