import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, listenerFor, listenerOf, matchedRoute } from '#libs/foundation';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { Actor } from '../actor.js';
import { ResourceLimits } from '../rate-limits/resource-limits.js';
import { BEARER_STRATEGY } from './bearer.strategy.js';

/** Global: lets a request through as its route's access says, on the listener that serves the route. */
@Injectable()
export class BearerGuard extends AuthGuard(BEARER_STRATEGY) {
  constructor(private readonly limits: ResourceLimits) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<IncomingMessage>();
    const access = matchedRoute(request)?.access;
    if (!access || listenerFor(access) !== listenerOf(request)) throw new AppError('not_found');
    if (access.kind === 'public' || access.kind === 'operator-open') return true;
    await super.canActivate(context);
    if (access.kind === 'authenticated') {
      const { user } = context.switchToHttp().getRequest<{ user: Actor }>();
      await this.limits.take(user, context.switchToHttp().getResponse<ServerResponse>());
    }
    return true;
  }

  override handleRequest<Caller>(error: unknown, caller: Caller): Caller {
    if (error instanceof Error) throw error;
    return caller;
  }
}
