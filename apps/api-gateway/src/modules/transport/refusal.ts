import { GatewayErrorCode, gatewayErrors } from './error-codes.js';

/** Why a step of the pipeline ends the request. Only public facts. */
export interface Refusal {
  code: GatewayErrorCode;
  /** Further public members of `extensions`, known without looking at values. */
  extensions?: Readonly<Record<string, unknown>>;
  headers?: Readonly<Record<string, string>>;
}

export function refusal(
  code: GatewayErrorCode,
  extensions?: Readonly<Record<string, unknown>>,
  headers?: Readonly<Record<string, string>>,
): Refusal {
  return { code, ...(extensions && { extensions }), ...(headers && { headers }) };
}

/** One body for every request that is refused with this code, apart from the request id and the public facts. */
export function refusalBody(refused: Refusal, requestId: string): string {
  const [, message] = gatewayErrors[refused.code];
  const extensions = { code: refused.code, request_id: requestId, ...refused.extensions };
  return JSON.stringify({ errors: [{ message, extensions }] });
}
