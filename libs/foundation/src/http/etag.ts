import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { AppError } from '../errors/app-error.js';

/** A strong entity tag (RFC 9110 section 8.8.3). */
export function etagOf(version: string | number): string {
  return `"${version}"`;
}

/** The entity tags of an If-Match header. (If-None-Match is Express’s: it answers 304 where the ETag is fresh.) */
export class EntityTags {
  private readonly tags: readonly string[];

  constructor(private readonly text: string) {
    this.tags = text.match(/(?:W\/)?"[\x21\x23-\x7e]*"/g) ?? [];
  }

  /**
   * Strong comparison, as If-Match wants it (RFC 9110 section 13.1.1). What stands after a dot tells representations of
   * one version apart, which does not matter to a change.
   */
  includes(etag: string): boolean {
    const sameVersion = (tag: string): boolean => tag.startsWith(`${etag.slice(0, -1)}.`);
    return this.text.trim() === '*' || this.tags.some((tag) => tag === etag || sameVersion(tag));
  }
}

/** The If-Match header of the request, undefined where there is none. */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const header = context.switchToHttp().getRequest<IncomingMessage>().headers['if-match'];
  return header === undefined ? undefined : new EntityTags(header);
});

/**
 * Holds a change against the version it was meant for. Call it with the row locked.
 * @param required the tenant demands If-Match
 * @throws AppError if_match_required, etag_mismatch
 */
export function assertIfMatch(
  ifMatch: EntityTags | undefined,
  version: string | number,
  required: boolean,
): void {
  if (!ifMatch) {
    if (!required) return;
    throw new AppError('if_match_required', {
      detail: 'Read the resource and send its ETag as If-Match.',
    });
  }
  if (ifMatch.includes(etagOf(version))) return;
  throw new AppError('etag_mismatch', {
    detail: 'Read the resource again, apply your change to it and send its new ETag as If-Match.',
    headers: { ETag: etagOf(version) },
  });
}
