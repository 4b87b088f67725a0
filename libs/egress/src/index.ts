export {
  EgressClient,
  type DestinationCheck,
  type EgressClientOptions,
  type EgressRequest,
} from './egress-client.js';
export { destinationAdvice } from './destination-advice.js';
export type { EgressErrorClass } from './egress-fault.js';
export { DEFAULT_EGRESS_LIMITS, type EgressLimits } from './egress-limits.js';
export { EgressPolicy, type EgressPolicyOptions } from './egress-policy.js';
export type { HostAddress, ResolveHost } from './host-resolver.js';
export type { CapturedResponse } from './response-capture.js';
export type { Failed, Responded, SendResult } from './send-result.js';
export type { ParsedTarget, TargetUrl, UrlRefusal } from './target-url.js';
