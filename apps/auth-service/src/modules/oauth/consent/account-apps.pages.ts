import { RevocationFeed } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import {
  csrfField,
  html,
  type PageAnswer,
  PageEndpoints,
  type PageRequest,
} from '../../accounts/index.js';
import { Consents } from './consents.service.js';

const toLogin: PageAnswer = { kind: 'redirect', status: 303, location: '/login' };

/** `/account/apps`: which apps have access, and an end to it (ASVS 10.4.9). */
@Injectable()
export class AccountAppsPages {
  readonly show = this.endpoints.create((request) => this.list(request));
  readonly submit = this.endpoints.create((request) => this.revoke(request));

  constructor(
    private readonly endpoints: PageEndpoints,
    private readonly consents: Consents,
    private readonly feed: RevocationFeed,
  ) {}

  private async list({ session, text }: PageRequest): Promise<PageAnswer> {
    if (!session?.user) return toLogin;
    const apps = await this.consents.listOf(session.user);
    return {
      kind: 'page',
      title: text.appsTitle,
      body: html`<p class="soft">${text.signedInAs} ${session.user.email}</p>
        ${apps.length === 0 ? html`<p>${text.appsNone}</p>` : undefined}
        <ul>
          ${apps.map(
            ({ appId, name, scopes }) =>
              html`<li>
                <strong>${name}</strong> <span class="soft">${scopes.join(', ')}</span>
                <form method="post" action="/account/apps">
                  ${csrfField(session)}<input type="hidden" name="app" value="${appId}" />
                  <button class="quiet">${text.revoke}</button>
                </form>
              </li>`,
          )}
        </ul>
        <p><a href="/account/sessions">${text.sessionsTitle}</a></p>`,
    };
  }

  private async revoke({ session, form, facts }: PageRequest): Promise<PageAnswer> {
    if (!session?.user) return toLogin;
    await this.consents.revoke(session.user, form.get('app') ?? '', facts);
    await this.feed.refresh();
    return { kind: 'redirect', status: 303, location: '/account/apps' };
  }
}
