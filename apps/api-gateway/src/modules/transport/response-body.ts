import { GatewayErrorCode, gatewayErrors } from './error-codes.js';
import type { ExecutionFailure, ExecutionOutcome } from '../execution/index.js';

export interface ResponseBody {
  status: number;
  /** The code of an answer without data; undefined where data is returned, whole or in part. */
  code: GatewayErrorCode | undefined;
  text: string;
}

export interface ResponseTerms {
  requestId: string;
  maxResponseBytes: number;
  /** `extensions` of an executed operation, where configured. */
  extensions?: Readonly<Record<string, unknown>> | undefined;
}

const MAX_ERRORS = 10;

/**
 * What leaves the gateway of an executed operation: data, and of each error its code, the code's fixed message, the
 * rule that a variable broke and the path through the approved document. With no data at all the status is that of the first error.
 */
export function responseBody(outcome: ExecutionOutcome, terms: ResponseTerms): ResponseBody {
  const { data, failures } = outcome;
  const extensions = terms.extensions && { extensions: terms.extensions };
  const [first] = failures;
  if (!first)
    return limit(
      { status: 200, code: undefined, text: JSON.stringify({ data, ...extensions }) },
      terms,
    );
  const errors = failures.slice(0, MAX_ERRORS).map((failure) => publicError(failure, terms));
  if (isNothing(data)) {
    const text = JSON.stringify({ errors, data: null, ...extensions });
    return { status: gatewayErrors[first.code][0], code: first.code, text };
  }
  const text = JSON.stringify({ errors, data, ...extensions });
  return limit({ status: 200, code: undefined, text }, terms);
}

/** No root field has a value: nothing partial is left to return. */
function isNothing(data: ExecutionOutcome['data']): boolean {
  return (
    data === null || data === undefined || Object.values(data).every((value) => value === null)
  );
}

function publicError(failure: ExecutionFailure, terms: ResponseTerms): object {
  return {
    message: gatewayErrors[failure.code][1],
    ...(failure.path && { path: failure.path }),
    extensions: { code: failure.code, request_id: terms.requestId, ...failure.input },
  };
}

function limit(body: ResponseBody, terms: ResponseTerms): ResponseBody {
  // A character is at most three bytes: the exact count is needed only where that could matter.
  const { maxResponseBytes } = terms;
  if (body.text.length * 3 <= maxResponseBytes) return body;
  if (Buffer.byteLength(body.text) <= maxResponseBytes) return body;
  const [status, message] = gatewayErrors.RESPONSE_TOO_LARGE;
  const extensions = { code: 'RESPONSE_TOO_LARGE', request_id: terms.requestId };
  return {
    status,
    code: 'RESPONSE_TOO_LARGE',
    text: JSON.stringify({ errors: [{ message, extensions }], data: null }),
  };
}
