import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  AppError,
  FormParameters,
  isDatabaseAway,
  type HotRoute,
  LOGGER,
  type Logger,
  OAuthError,
  parseUrlencoded,
  readForm,
  type RequestFacts,
  requestFacts,
} from '#libs/foundation';
import { Inject, Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../config.js';
import { csrfToken, isCsrfToken, SessionCookie } from '../sessions/session-cookie.js';
import type { Session } from '../sessions/session.js';
import { Sessions } from '../sessions/sessions.service.js';
import { html, type Html } from './html.js';
import { contentSecurityPolicy, layout, type Note } from './layout.js';
import { type PageLink, pageLinks } from './page-link.js';
import { type PageLimit, PageLimits } from './page-limits.js';
import { Turns } from './turns.js';
import { type Language, languageOf, type Messages, messages } from './messages.js';

/** Forms that are worked on at once, and that wait for it: a burst of logins costs nothing until its turn (ADR 17). */
const formsAtOnce = 4;
const mostWaitingForms = 200;

/** What a page handler gets. */
export interface PageRequest {
  /** The query as it was sent, without the question mark. */
  queryText: string;
  query: URLSearchParams;
  /** The form of a POST, proved to come from our page but for `onForeignForm`; empty on GET. */
  form: FormParameters;
  session: Session | undefined;
  language: Language;
  text: Messages;
  facts: RequestFacts;
  link: PageLink;
}

/** What a page handler answers. A new session comes with its cookie. */
export type PageAnswer =
  | {
      kind: 'page';
      status?: number;
      title: string;
      body: Html;
      session?: Session;
      note?: Note;
      continueTo?: string;
      headers?: Readonly<Record<string, string>>;
    }
  | { kind: 'redirect'; status: 302 | 303; location: string; session?: Session | 'ended' };

export type PageHandler = (request: PageRequest) => Promise<PageAnswer>;

export interface PageErrorOptions {
  headers?: Readonly<Record<string, string>>;
  /** Private: logged beside the number that the page shows. */
  reason?: string;
  /** What the user can do about it on the page itself. */
  remedy?: Html;
}

/** A failure that is told on a page. */
export class PageError extends Error {
  readonly headers: Readonly<Record<string, string>>;
  readonly reason: string;
  readonly remedy: Html | undefined;

  constructor(
    readonly status: number,
    override readonly message: (keyof Messages & `error${string}`) | 'tooManyAttempts',
    { headers = {}, reason = message, remedy }: PageErrorOptions = {},
  ) {
    super(message);
    this.name = 'PageError';
    this.headers = headers;
    this.reason = reason;
    this.remedy = remedy;
  }
}

/** Serves pages: language, session, protection against forged forms, headers, errors as pages. */
@Injectable()
export class PageEndpoints {
  private readonly cookie: SessionCookie;
  private readonly turns = new Turns(formsAtOnce, mostWaitingForms);

  constructor(
    private readonly sessions: Sessions,
    private readonly limits: PageLimits,
    config: AuthConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.cookie = new SessionCookie(config.issuer);
  }

  /** @param onForeignForm answers a form that does not prove that it comes from a page of the session: it acts on nothing */
  create(handler: PageHandler, onForeignForm: PageHandler = refuseForm): HotRoute {
    return async (request, response) => {
      const { queryText, language } = askedOf(request);
      try {
        const form = request.method === 'POST' ? await readForm(request) : undefined;
        const work = async (): Promise<PageAnswer> => {
          const page = await this.read(request, form, language, queryText);
          return form && !isOwnForm(page) ? onForeignForm(page) : handler(page);
        };
        this.send(response, language, await (form ? this.turns.take(work) : work()));
      } catch (error) {
        this.sendError(request, response, error);
      }
    };
  }

  /** An error as a page. */
  sendError(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const { language } = askedOf(request);
    this.send(response, language, this.toErrorPage(request, language, error));
  }

  /** The session of the request, or a new one from before any login. @throws PageError 429 */
  async ensureSession(request: PageRequest): Promise<Session> {
    if (request.session) return request.session;
    await this.admit('session', request);
    return this.sessions.createAnonymous(request.facts);
  }

  /** Counts one against what a network may do. @throws PageError 429 */
  async admit(kind: PageLimit, { facts }: PageRequest): Promise<void> {
    const headers = await this.limits.take(kind, { ip: facts.ip });
    if (headers) throw new PageError(429, 'tooManyAttempts', { headers, reason: kind });
  }

  private async read(
    request: IncomingMessage,
    form: FormParameters | undefined,
    language: Language,
    queryText: string,
  ): Promise<PageRequest> {
    const secret = this.cookie.read(request);
    // A form may be sent twice; nothing new begins in a session that a login has replaced.
    const session =
      secret === undefined ? undefined : await this.sessions.find(secret, form !== undefined);
    return {
      queryText,
      query: parseUrlencoded(queryText),
      form: form ?? FormParameters.parse(''),
      session,
      language,
      text: messages[language],
      facts: requestFacts(request),
      link: pageLinks(parseUrlencoded(queryText)),
    };
  }

  private send(response: ServerResponse, language: Language, answer: PageAnswer): void {
    response.setHeader('X-Frame-Options', 'DENY');
    response.setHeader('Vary', 'Accept-Language, Cookie');
    if (answer.session === 'ended') response.setHeader('Set-Cookie', this.cookie.clear());
    else if (answer.session)
      response.setHeader('Set-Cookie', this.cookie.set(answer.session.secret));
    if (answer.kind === 'redirect') {
      response.writeHead(answer.status, { Location: answer.location, 'Content-Length': 0 }).end();
      return;
    }
    const nonce = randomBytes(16).toString('base64');
    const { status = 200, headers = {} } = answer;
    const text = layout(language, answer, nonce);
    response.statusCode = status;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.setHeader('Content-Language', language);
    response.setHeader('Content-Security-Policy', contentSecurityPolicy(nonce));
    response.setHeader('Content-Length', Buffer.byteLength(text));
    response.end(text);
  }

  private toErrorPage(request: IncomingMessage, language: Language, error: unknown): PageAnswer {
    const text = messages[language];
    const { id } = requestFacts(request);
    const page = (status: number, message: string, headers = {}, remedy?: Html) => ({
      kind: 'page' as const,
      status,
      title: text.errorTitle,
      headers,
      body: html`<p>${message}</p>
        ${remedy}
        <p class="soft">${text.errorNumber} <code>${id}</code></p>`,
    });
    const refused = (reason: string): void =>
      this.logger.info({ request_id: id, reason }, 'page.refused');
    if (error instanceof PageError) {
      refused(error.reason);
      return page(error.status, text[error.message], error.headers, error.remedy);
    }
    if (error instanceof OAuthError || (error instanceof AppError && error.status < 500)) {
      refused(error instanceof OAuthError ? error.description : (error.detail ?? error.code));
      return page(error.status, text.errorRequest);
    }
    this.logger.error({ err: error, request_id: id }, 'page failed');
    if (isDatabaseAway(error) || (error instanceof AppError && error.status === 503))
      return page(503, text.errorAgain, { 'Retry-After': '5' });
    return page(500, text.errorAgain);
  }
}

function isOwnForm({ session, form }: PageRequest): boolean {
  return session !== undefined && isCsrfToken(session.secret, form.get('csrf'));
}

/** @throws PageError 403 */
export async function refuseForm({ session }: PageRequest): Promise<never> {
  throw new PageError(403, 'errorForm', {
    reason: session ? 'the form token of another session' : 'a form without a session',
  });
}

/** The hidden field that every form of a page carries. */
export function csrfField(session: Session): Html {
  return html`<input type="hidden" name="csrf" value="${csrfToken(session.secret)}" />`;
}

/** The query as it was sent, and the language that it or the browser asks for. */
function askedOf({ url = '', headers }: IncomingMessage): {
  queryText: string;
  language: Language;
} {
  const [, queryText = ''] = splitOnce(url, '?');
  const locales = parseUrlencoded(queryText).get('ui_locales');
  return { queryText, language: languageOf(locales, headers['accept-language']) };
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
