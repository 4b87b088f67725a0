import { RevocationFeed } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import {
  csrfField,
  html,
  type PageAnswer,
  PageEndpoints,
  type PageRequest,
} from '../../accounts/index.js';
import { ScopeCatalogue } from '../../identity/index.js';
import { OFFLINE_ACCESS } from '../token/requested-scopes.js';
import { Consents } from './consents.service.js';

const toLogin = ({ link }: PageRequest): PageAnswer => ({
  kind: 'redirect',
  status: 303,
  location: link('/login'),
});

/** `/account/apps`: which apps have access, and an end to it (ASVS 10.4.9). */
@Injectable()
export class AccountAppsPages {
  readonly show = this.endpoints.create((request) => this.list(request));
  readonly submit = this.endpoints.create((request) => this.revoke(request));

  constructor(
    private readonly endpoints: PageEndpoints,
    private readonly consents: Consents,
    private readonly catalogue: ScopeCatalogue,
    private readonly feed: RevocationFeed,
  ) {}

  private async list(request: PageRequest): Promise<PageAnswer> {
    const { session, text, language, link } = request;
    if (!session?.user) return toLogin(request);
    const catalogue = await this.catalogue.all();
    const inWords = (name: string): string => {
      if (name === OFFLINE_ACCESS) return text.consentOffline;
      const scope = catalogue.get(name);
      return (language === 'de' ? scope?.descriptionDe : scope?.descriptionEn) ?? name;
    };
    const apps = await this.consents.listOf(session.user);
    const items = apps.map(
      ({ appId, name, scopes }) =>
        html`<li>
          <strong>${name}</strong>
          <ul class="soft">
            ${scopes.map((scope) => html`<li>${inWords(scope)}</li>`)}
          </ul>
          <form method="post" action="${link('/account/apps')}">
            ${csrfField(session)}<input type="hidden" name="app" value="${appId}" />
            <button class="quiet" aria-label="${text.revoke}: ${name}">${text.revoke}</button>
          </form>
        </li>`,
    );
    return {
      kind: 'page',
      title: text.appsTitle,
      body: html`<p class="soft">${text.signedInAs} ${session.user.email}</p>
        ${
          apps.length === 0
            ? html`<p>${text.appsNone}</p>`
            : html`<ul class="rows">
                ${items}
              </ul>`
        }
        <p><a href="${link('/account/sessions')}">${text.sessionsTitle}</a></p>`,
    };
  }

  private async revoke(request: PageRequest): Promise<PageAnswer> {
    const { session, form, facts, link } = request;
    if (!session?.user) return toLogin(request);
    await this.consents.revoke(session.user, form.get('app') ?? '', facts);
    await this.feed.refresh();
    return { kind: 'redirect', status: 303, location: link('/account/apps') };
  }
}
