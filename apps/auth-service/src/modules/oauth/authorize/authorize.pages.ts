import {
  type HotRoute,
  LOGGER,
  type Logger,
  type OAuthError,
  readFormText,
} from '#libs/foundation';
import { Inject, Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../config.js';
import {
  html,
  type PageAnswer,
  PageEndpoints,
  PageError,
  type PageRequest,
} from '../../accounts/index.js';
import { AuthorizeDecision, mayRedirect } from './authorize.decision.js';
import { AuthorizeParameters } from './authorize-parameters.js';
import type { TrustedRequest } from './authorize-request.js';
import { AuthorizeRequests, type CheckedRequest } from './authorize-requests.service.js';
import { Codes } from './codes.service.js';
import { failureOf } from './failures.js';
import { type PendingRequest, PendingRequests } from './pending-requests.js';
import { redirectWith } from './redirect-uri.js';

const notInQuery = /[^A-Za-z0-9\-._~!$'()*+,;:@/?%&=]/gu;

/** `/v1/oauth/authorize`: checks, then login and consent where they are needed, then a 302 with code or error. */
@Injectable()
export class AuthorizePages {
  readonly start = this.endpoints.create((request) => this.begin(request));
  readonly resume = this.endpoints.create((request) => this.goOn(request));

  /** A POST means the same as the GET (RFC 6749 section 3.1); the session's cookie comes with the GET alone. */
  readonly startByPost: HotRoute = async (request, response) => {
    try {
      const query = (await readFormText(request)).replace(notInQuery, (letter) =>
        encodeURIComponent(letter),
      );
      const location = `/v1/oauth/authorize?${query}`;
      response.writeHead(303, { Location: location, 'Content-Length': 0 }).end();
    } catch (error) {
      this.endpoints.sendError(request, response, error);
    }
  };

  constructor(
    private readonly endpoints: PageEndpoints,
    private readonly requests: AuthorizeRequests,
    private readonly decision: AuthorizeDecision,
    private readonly pending: PendingRequests,
    private readonly codes: Codes,
    private readonly config: AuthConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  private async begin(request: PageRequest): Promise<PageAnswer> {
    const checked = await this.requests.check(new AuthorizeParameters(request.queryText));
    return this.proceed(request, checked, undefined);
  }

  private async goOn(request: PageRequest): Promise<PageAnswer> {
    const pending = await this.pending.find(request.query.get('tx') ?? '', request.session);
    if (!pending) throw new PageError(410, 'errorExpired');
    const checked = await this.requests.check(new AuthorizeParameters(pending.query));
    return this.proceed(request, checked, pending);
  }

  private async proceed(
    page: PageRequest,
    checked: CheckedRequest,
    pending: PendingRequest | undefined,
  ): Promise<PageAnswer> {
    try {
      return await this.answer(page, checked, pending);
    } catch (error) {
      const failure = failureOf(error);
      if (!failure || !mayRedirect(checked.request, page.session)) throw error;
      return this.refuse(page, checked.request, failure, pending);
    }
  }

  private async answer(
    page: PageRequest,
    checked: CheckedRequest,
    pending: PendingRequest | undefined,
  ): Promise<PageAnswer> {
    const decision = await this.decision.decide(checked, page.session, pending);
    if (decision.kind === 'login' || decision.kind === 'consent')
      return this.interact(decision.kind, page, checked.request, pending);
    if (decision.kind === 'refuse')
      return this.refuse(page, checked.request, decision.error, pending);
    if (pending && endsForm(page)) return this.interstitial(page, pending);
    const code = await this.codes.issue(decision, pending?.tx, page.facts);
    if (code === undefined) throw new PageError(410, 'errorExpired');
    return this.toClient(checked.request, { code });
  }

  private async interact(
    kind: 'login' | 'consent',
    page: PageRequest,
    { client, parameters }: TrustedRequest,
    known: PendingRequest | undefined,
  ): Promise<PageAnswer> {
    const session = await this.endpoints.ensureSession(page);
    if (!known) await this.endpoints.admit('request', page);
    const { tx } = known ?? (await this.pending.create(session, client.app.id, parameters.text));
    return { kind: 'redirect', status: 303, location: page.link(`/${kind}`, { tx }), session };
  }

  private refuse(
    page: PageRequest,
    request: TrustedRequest,
    error: OAuthError,
    pending: PendingRequest | undefined,
  ): PageAnswer {
    if (error.cause !== undefined)
      this.logger.error({ err: error.cause, request_id: page.facts.id }, 'authorization failed');
    if (pending && endsForm(page)) return this.interstitial(page, pending);
    return this.toClient(request, { error: error.code, error_description: error.description });
  }

  /**
   * Browsers hold a form's whole chain of redirects against form-action: the chain ends at a page of ours, and a new
   * navigation leads on.
   */
  private interstitial({ text, link }: PageRequest, { tx }: PendingRequest): PageAnswer {
    const continueTo = link('/v1/oauth/authorize/resume', { tx, go: '1' });
    return {
      kind: 'page',
      title: text.continueTitle,
      body: html`<p>${text.continueText}</p>
        <p><a href="${continueTo}">${text.continueLink}</a></p>`,
      continueTo,
    };
  }

  /** The final 302, with `iss` on success and error (RFC 9207) and the state byte for byte. */
  private toClient(
    { redirectUri, parameters }: TrustedRequest,
    result: Readonly<Record<string, string>>,
  ): PageAnswer {
    const state = parameters.isRepeated('state') ? undefined : parameters.raw('state');
    const encoded = Object.fromEntries(
      Object.entries({ ...result, iss: this.config.issuer }).map(([name, value]) => [
        name,
        encodeURIComponent(value),
      ]),
    );
    const location = redirectWith(redirectUri, { ...encoded, ...(state ? { state } : {}) });
    return { kind: 'redirect', status: 302, location };
  }
}

/** Whether the browser comes from a form of ours, and not from the page that ends its chain. */
function endsForm(page: PageRequest): boolean {
  return !page.query.has('go');
}
