import { Injectable } from '@nestjs/common';
import {
  csrfField,
  html,
  type PageAnswer,
  PageEndpoints,
  PageError,
  type PageRequest,
  type Session,
  signOutForm,
  type SignedInUser,
} from '../../accounts/index.js';
import { AuthorizeParameters } from '../authorize/authorize-parameters.js';
import { scopesToConsent } from '../authorize/authorize-request.js';
import { AuthorizeRequests, type CheckedRequest } from '../authorize/authorize-requests.service.js';
import { PendingRequests } from '../authorize/pending-requests.js';

/** `/consent`: who asks, for whom, for what, and where it leads; yes or no. */
@Injectable()
export class ConsentPages {
  readonly show = this.endpoints.create((request) => this.ask(request));
  readonly submit = this.endpoints.create((request) => this.decide(request));

  constructor(
    private readonly endpoints: PageEndpoints,
    private readonly pending: PendingRequests,
    private readonly requests: AuthorizeRequests,
  ) {}

  private async ask(page: PageRequest): Promise<PageAnswer> {
    const { text, language, query, link } = page;
    const tx = query.get('tx') ?? '';
    const { session, checked } = await this.open(page, tx);
    if (checked.kind === 'invalid') return resume(page, tx);
    const { request } = checked;
    const { app, tenant } = request.client;
    return {
      kind: 'page',
      title: text.consentTitle,
      body: html`
        <p><strong>${app.name}</strong> ${text.consentAsks} <strong>${tenant.name}</strong>.</p>
        <p>${text.consentScopes}</p>
        <ul>
          ${request.scopes.map(
            (scope) =>
              html`<li>${language === 'de' ? scope.descriptionDe : scope.descriptionEn}</li>`,
          )}
          ${request.offline ? html`<li>${text.consentOffline}</li>` : undefined}
        </ul>
        <p>${text.consentRedirect} <strong>${placeOf(request.redirectUri)}</strong>.</p>
        <p class="soft">
          ${text.signedInAs} ${session.user.email}.
          <a href="${link('/login', { tx })}">${text.otherAccount}</a>
        </p>
        <form method="post" action="${link('/consent')}">
          ${csrfField(session)}
          <input type="hidden" name="tx" value="${tx}" />
          <input type="hidden" name="scopes" value="${scopesToConsent(request).join(' ')}" />
          <button name="decision" value="allow">${text.allow}</button>
          <button class="quiet" name="decision" value="deny">${text.deny}</button>
        </form>
      `,
    };
  }

  private async decide(page: PageRequest): Promise<PageAnswer> {
    const { form } = page;
    const tx = form.get('tx') ?? '';
    const { session } = await this.open(page, tx);
    // The page says itself what it showed: what the app may get by now can be more.
    const shown = form.get('scopes')?.split(' ') ?? [];
    if (form.get('decision') === 'allow') await this.pending.consent(tx, session, shown);
    else await this.pending.deny(tx, session);
    return resume(page, tx);
  }

  private async open(
    page: PageRequest,
    tx: string,
  ): Promise<{ session: Session & { user: SignedInUser }; checked: CheckedRequest }> {
    const { session } = page;
    const pending = await this.pending.find(tx, session);
    if (!pending || !session?.user) throw new PageError(410, 'errorExpired');
    const checked = await this.requests.check(new AuthorizeParameters(pending.query));
    // Only the user of the app's own tenant is shown what it asks for.
    if (session.user.tenantId !== checked.request.client.app.tenantId)
      throw new PageError(403, 'errorTenant', { remedy: signOutForm(page, session) });
    return { session: { ...session, user: session.user }, checked };
  }
}

/** Where every answer to the client is given, an error too. */
function resume({ link }: PageRequest, tx: string): PageAnswer {
  return { kind: 'redirect', status: 303, location: link('/v1/oauth/authorize/resume', { tx }) };
}

/** The host, or the whole scheme of a native app. */
function placeOf(uri: string): string {
  const { host, protocol } = new URL(uri);
  return host === '' ? protocol : host;
}
