import type { IncomingMessage } from 'node:http';
import { AppError } from '../errors/app-error.js';
import { OAuthError } from '../errors/oauth-error.js';
import { isMediaType, isUncoded, readBody } from './read-body.js';

/** The pairs of application/x-www-form-urlencoded. URLSearchParams alone would drop a `?` that begins a name. */
export function parseUrlencoded(text: string): URLSearchParams {
  return new URLSearchParams(`?${text}`);
}

/** The parameters of a form, each sent at most once; `resource` alone may repeat (RFC 8707 section 2). */
export class FormParameters {
  private constructor(
    private readonly single: ReadonlyMap<string, string>,
    /** Every `resource`, in the order sent. */
    readonly resources: readonly string[],
  ) {}

  /**
   * RFC 6749 section 3.2: a parameter without a value counts as omitted, one sent twice is an error. Names are
   * taken letter for letter: `client_id[]` is no `client_id`.
   * @throws OAuthError invalid_request
   */
  static parse(text: string): FormParameters {
    const single = new Map<string, string>();
    const seen = new Set<string>();
    const resources: string[] = [];
    for (const [name, value] of parseUrlencoded(text)) {
      // RFC 6749 appendix A: no parameter may hold it; PostgreSQL stores no text with it.
      if (value.includes('\0'))
        throw new OAuthError('invalid_request', 'A parameter holds the character U+0000.');
      if (name === 'resource') {
        if (value !== '') resources.push(value);
        continue;
      }
      if (seen.has(name)) throw new OAuthError('invalid_request', 'A parameter was sent twice.');
      seen.add(name);
      if (value !== '') single.set(name, value);
    }
    return new FormParameters(single, resources);
  }

  get(name: string): string | undefined {
    return this.single.get(name);
  }

  /** @throws OAuthError invalid_request when the parameter is missing */
  require(name: string): string {
    const value = this.single.get(name);
    if (value === undefined)
      throw new OAuthError('invalid_request', `The parameter ${name} is missing.`);
    return value;
  }
}

const longestFormBytes = 16 * 1024;

/**
 * Reads a form of an OAuth endpoint. The query string is not looked at (RFC 6749 section 2.3.1).
 * @throws OAuthError invalid_request
 */
export async function readForm(request: IncomingMessage): Promise<FormParameters> {
  return FormParameters.parse(await readFormText(request));
}

/** A form as it was sent. @throws OAuthError invalid_request */
export async function readFormText(request: IncomingMessage): Promise<string> {
  if (!isMediaType(request.headers['content-type'], 'application/x-www-form-urlencoded'))
    throw new OAuthError('invalid_request', 'Send application/x-www-form-urlencoded in UTF-8.');
  if (!isUncoded(request))
    throw new OAuthError('invalid_request', 'Send the form with no content encoding.');
  try {
    return (await readBody(request, longestFormBytes)).toString('utf8');
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    throw new OAuthError('invalid_request', `Send at most ${longestFormBytes} bytes.`, { cause });
  }
}
