import type { IncomingMessage } from 'node:http';
import { AppError, listenerFor, listenerOf, matchedRoute } from '#libs/foundation';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { BEARER_STRATEGY } from './bearer.strategy.js';

/** Global: lets a request through as its route's access says, on the listener that serves the route. */
@Injectable()
export class BearerGuard extends AuthGuard(BEARER_STRATEGY) {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<IncomingMessage>();
    const access = matchedRoute(request)?.access;
    if (!access || listenerFor(access) !== listenerOf(request)) throw new AppError('not_found');
    if (access.kind === 'public' || access.kind === 'operator-open') return true;
    return (await super.canActivate(context)) as boolean;
  }

  override handleRequest<Caller>(error: unknown, caller: Caller): Caller {
    if (error instanceof Error) throw error;
    return caller;
  }
}
