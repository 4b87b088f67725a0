import type { IncomingMessage } from 'node:http';
import { AppError, isMediaType, isUncoded, readBody } from '#libs/foundation';
import type { Exchange, Step } from '../exchange.js';
import { refusal, type Refusal } from '../refusal.js';
import { responseType } from '../response-type.js';

const MAX_BODY_BYTES = 64 * 1024;

/** Media types and size (graphql.md section 5). Method and path were settled by the route table. */
export const transportStep: Step = {
  name: 'transport',
  async run(exchange: Exchange): Promise<Refusal | undefined> {
    const { request } = exchange;
    const type = responseType(request.headers.accept);
    if (type === undefined) return refusal('NOT_ACCEPTABLE');
    exchange.responseType = type;
    if (!isJson(request)) return refusal('UNSUPPORTED_MEDIA_TYPE');
    try {
      exchange.bytes = await readBody(request, MAX_BODY_BYTES);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return refusal(error.status === 413 ? 'PAYLOAD_TOO_LARGE' : 'BAD_REQUEST');
    }
    return undefined;
  },
};

function isJson(request: IncomingMessage): boolean {
  if (!isUncoded(request)) return false;
  const type = request.headers['content-type'];
  return type === 'application/json' || isMediaType(type, 'application/json');
}
