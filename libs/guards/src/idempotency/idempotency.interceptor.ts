import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { CommitUnknown, matchedRoute, type RequestWithBody } from '#libs/foundation';
import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { from, lastValueFrom, type Observable, of } from 'rxjs';
import type { Actor } from '../actor.js';
import { parseIdempotencyKey } from './idempotency-key.js';
import { type IdempotencyScope, IdempotencyStore, type StoredAnswer } from './idempotency-store.js';

const IDEMPOTENT_METADATA = 'knogin:idempotent';
const keptHeaders = ['location', 'etag'];

interface IdempotentOptions {
  /**
   * The answer holds a secret, always or where it has a member of this name: it is kept sealed, and replayed for ten
   * minutes only.
   */
  secret: boolean | string;
}

/** Honours Idempotency-Key on a route of a tenant's. Stands inside the serializer: it keeps what the handler returned. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly store: IdempotencyStore,
    private readonly reflector: Reflector,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<RequestWithBody & { user: Actor }>();
    const response = context.switchToHttp().getResponse<ServerResponse>();
    const header = request.headers['idempotency-key'];
    if (header === undefined) return next.handle();
    const scope: IdempotencyScope = {
      tenantId: request.user.tenantId,
      actor: actorOf(request.user),
      route: `${request.method ?? ''} ${matchedRoute(request)?.path ?? ''}`,
      key: parseIdempotencyKey(String(header)),
    };
    const stored = await this.store.claim(scope, hashOf(request));
    if (stored) return of(replay(response, stored));
    const { secret } = this.reflector.get<IdempotentOptions>(
      IDEMPOTENT_METADATA,
      context.getHandler(),
    );
    return from(this.run(scope, response, next, secret));
  }

  private async run(
    scope: IdempotencyScope,
    response: ServerResponse,
    next: CallHandler,
    secret: IdempotentOptions['secret'],
  ): Promise<unknown> {
    let body: unknown;
    try {
      body = await lastValueFrom(next.handle() as Observable<unknown>);
    } catch (error) {
      if (!(error instanceof CommitUnknown)) await this.store.release(scope);
      throw error;
    }
    const headers = Object.fromEntries(
      keptHeaders.flatMap((name) => {
        const value = response.getHeader(name);
        return typeof value === 'string' ? [[name, value]] : [];
      }),
    );
    const holdsSecret = typeof secret === 'string' ? hasMember(body, secret) : secret;
    await this.store.complete(scope, { status: response.statusCode, headers, body }, holdsSecret);
    return body;
  }
}

/** Honours Idempotency-Key on the route. */
export const Idempotent = (options: Partial<IdempotentOptions> = {}): MethodDecorator =>
  applyDecorators(
    SetMetadata(IDEMPOTENT_METADATA, { secret: false, ...options }),
    UseInterceptors(IdempotencyInterceptor),
  );

function hasMember(body: unknown, name: string): boolean {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, name);
}

function replay(response: ServerResponse, { headers, body }: StoredAnswer): unknown {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('Idempotency-Replayed', 'true');
  return body ?? undefined;
}

/** What a user did through one app is not told to another app of theirs. */
function actorOf({ kind, subject, clientId }: Actor): string {
  return kind === 'user' ? `${kind}:${subject}:${clientId ?? ''}` : `${kind}:${subject}`;
}

/** The request as it came: a key belongs to one URL and one body, byte for byte. */
function hashOf(request: RequestWithBody): Buffer {
  return createHash('sha256')
    .update(request.url ?? '')
    .update('\0')
    .update(request.rawBody ?? '')
    .digest();
}
