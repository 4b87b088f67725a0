import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { type Observable, tap } from 'rxjs';

/** Adds a Link to the next page (RFC 8288) wherever the body names a next_cursor. */
@Injectable()
export class PageLinkInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<IncomingMessage>();
    const response = context.switchToHttp().getResponse<ServerResponse>();
    return next.handle().pipe(
      tap((body: unknown) => {
        const cursor = (body as { next_cursor?: unknown } | null | undefined)?.next_cursor;
        if (typeof cursor === 'string') response.setHeader('Link', nextLink(request, cursor));
      }),
    );
  }
}

function nextLink(request: IncomingMessage, cursor: string): string {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `<${path}?${parameters.toString()}>; rel="next"`;
}
