import type { IncomingMessage } from 'node:http';
import {
  type CallHandler,
  type CustomDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { AppError } from '../errors/app-error.js';
import type { BearerChallenge } from './bearer-challenge.js';
import { parseUrlencoded } from './form-body.js';
import {
  DEFAULT_BODY_LIMIT_BYTES,
  hasBody,
  isMediaType,
  isUncoded,
  parseJson,
  readBody,
} from './read-body.js';
import { parseStrictJson } from './strict-json.js';

const BODY_LIMIT_METADATA = 'knogin:body-limit-bytes';
const VERBATIM_METADATA = 'knogin:verbatim-body';

/** Raises or lowers the body limit of one route, in bytes. */
export const BodyLimit = (bytes: number): CustomDecorator =>
  SetMetadata(BODY_LIMIT_METADATA, bytes);

/** A route that keeps members of its body as they were sent: repeated ones and any character included. */
export const VerbatimBody = (): CustomDecorator => SetMetadata(VERBATIM_METADATA, true);

/** The bytes of the body as they came, for hashes and for members that are kept verbatim. */
export type RequestWithBody = IncomingMessage & { body?: unknown; rawBody?: Buffer };

/**
 * Reads the JSON body. An interceptor, so that it runs after the guards: a caller without a token learns 401,
 * not what is wrong with the body. No body needs no Content-Type.
 */
@Injectable()
export class JsonBodyInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly challenge: BearerChallenge,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<RequestWithBody>();
    if (hasBody(request) && request.method !== 'GET' && request.method !== 'HEAD') {
      if (!isJson(request) || !isUncoded(request)) {
        if (await hasSecondToken(request)) throw this.challenge.ambiguousToken();
        throw new AppError('unsupported_media_type', {
          detail: 'Send application/json in UTF-8 with no content encoding.',
        });
      }
      const limit = this.reflector.get<number | undefined>(
        BODY_LIMIT_METADATA,
        context.getHandler(),
      );
      request.rawBody = await readBody(request, limit ?? DEFAULT_BODY_LIMIT_BYTES);
      const isVerbatim = this.reflector.get<boolean>(VERBATIM_METADATA, context.getHandler());
      request.body = isVerbatim ? parseJson(request.rawBody) : parseStrictJson(request.rawBody);
    }
    return next.handle();
  }
}

/** A PATCH may call itself what it is (RFC 7396). */
function isJson({ method, headers }: IncomingMessage): boolean {
  const type = headers['content-type'];
  const isMergePatch = method === 'PATCH' && isMediaType(type, 'application/merge-patch+json');
  return isMergePatch || isMediaType(type, 'application/json');
}

/** Whether a form carries a token beside the one in the header (RFC 6750 sections 2.2 and 3.1). */
async function hasSecondToken(request: IncomingMessage): Promise<boolean> {
  const { authorization, 'content-type': type } = request.headers;
  if (authorization === undefined || !isMediaType(type, 'application/x-www-form-urlencoded'))
    return false;
  const body = await readBody(request, DEFAULT_BODY_LIMIT_BYTES);
  return parseUrlencoded(body.toString()).has('access_token');
}
