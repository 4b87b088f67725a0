import { destinationAdvice, EgressClient, EgressPolicy } from '#libs/egress';
import { AppError, type Clock } from '#libs/foundation';
import type { AuthConfig } from '../../../config.js';
import type { UpstreamRow } from './upstream.query.js';

/** By the rules that the gateway has for its requests. @throws AppError validation_failed */
export async function assertReachable(
  { base_url, allow_cidrs }: Pick<UpstreamRow, 'base_url' | 'allow_cidrs'>,
  { egressDnsServers: dnsServers }: AuthConfig,
  clock: Clock,
): Promise<void> {
  const egress = new EgressClient({
    policy: new EgressPolicy({
      allowHttp: base_url.startsWith('http:'),
      allowCidrs: allow_cidrs,
    }),
    clock,
    ...(dnsServers.length > 0 && { dnsServers }),
  });
  const check = await egress.checkDestination(base_url).finally(() => egress.close());
  if (check.ok) return;
  const message = `${destinationAdvice[check.reason]} A private address is allowed where allow_cidrs lists its block.`;
  const errors = [{ pointer: '/base_url', code: check.reason, message }];
  throw new AppError('validation_failed', { detail: message, errors });
}
