import type { ServerResponse } from 'node:http';
import { AppError } from '#libs/foundation';
import {
  type Actor,
  type RateLimit,
  rateLimitHeaders,
  RateLimiter,
  RateLimitScale,
  scaleLimit,
} from '#libs/guards';
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import type { Observable } from 'rxjs';

const writes: RateLimit = { name: 'webhook-writes', perSecond: 1, burst: 60 };

/** Counts one against a limit of the webhooks API. */
@Injectable()
export class WebhookLimits {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly scale: RateLimitScale,
  ) {}

  /** @returns the headers that tell of the limit  @throws AppError rate_limited */
  async take(key: string, limit: RateLimit): Promise<Record<string, string>> {
    if (this.scale.factor === 0) return {};
    const decision = await this.limiter.take(
      `webhooks:${limit.name}:${key}`,
      scaleLimit(limit, this.scale.factor),
    );
    const headers = rateLimitHeaders([decision]);
    if (decision.waitMs === 0) return headers;
    throw new AppError('rate_limited', {
      detail: 'Wait as long as Retry-After says.',
      headers,
      extensions: { retry_after: Math.ceil(decision.waitMs / 1000) },
    });
  }
}

/** Beside what the limits of the API as a whole have told: both headers are lists. At most 60 writes a minute per app (webhooks.md section 16). */
@Injectable()
export class WriteLimitInterceptor implements NestInterceptor {
  constructor(private readonly limits: WebhookLimits) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const { user } = context.switchToHttp().getRequest<{ user: Actor }>();
    const response = context.switchToHttp().getResponse<ServerResponse>();
    const headers = await this.limits.take(user.clientId ?? user.subject, writes);
    for (const [name, value] of Object.entries(headers)) response.appendHeader(name, value);
    return next.handle();
  }
}

export const LimitWrites = (): MethodDecorator => UseInterceptors(WriteLimitInterceptor);
