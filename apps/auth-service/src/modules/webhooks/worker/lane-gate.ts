import { breakerGate, readBreaker } from '../deliveries/breaker.js';

/** What may be sent to an endpoint: anything, one probe, or nothing. */
export type LaneGate = 'open' | 'probe' | 'closed';

/** Whether the webhook is on, and no pause asked for by the receiver or the breaker runs. */
export function laneGate(
  endpoint: { enabled: boolean; paused_until: Date | null; breaker: unknown },
  nowMs: number,
): LaneGate {
  if (!endpoint.enabled || (endpoint.paused_until?.getTime() ?? 0) > nowMs) return 'closed';
  switch (breakerGate(readBreaker(endpoint.breaker), nowMs).admits) {
    case 'all':
      return 'open';
    case 'probe':
      return 'probe';
    case 'none':
      return 'closed';
  }
}
