import { Injectable } from '@nestjs/common';
import { html } from '../pages/html.js';
import {
  csrfField,
  type PageAnswer,
  PageEndpoints,
  type PageRequest,
} from '../pages/page-endpoint.js';
import { signOutForm } from '../pages/sign-out-form.js';
import { browserOf } from './browser-of.js';
import { Sessions } from './sessions.service.js';

const toLogin = ({ link }: PageRequest): PageAnswer => ({
  kind: 'redirect',
  status: 303,
  location: link('/login'),
});

/** `/account/sessions`: where someone is signed in, and an end to it. */
@Injectable()
export class SessionPages {
  readonly show = this.endpoints.create((request) => this.list(request));
  readonly end = this.endpoints.create((request) => this.endOne(request));

  constructor(
    private readonly endpoints: PageEndpoints,
    private readonly sessions: Sessions,
  ) {}

  private async list(request: PageRequest): Promise<PageAnswer> {
    const { session, text, language, link } = request;
    if (!session?.user) return toLogin(request);
    // The English of the pages is British.
    const dates = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
      dateStyle: 'medium',
      timeStyle: 'short',
      timeZone: 'UTC',
    });
    const items = (await this.sessions.listOf(session.user)).map(
      ({ id, ip, userAgent, lastSeenAt }) => html`
        <li>
          <strong>${browserOf(userAgent) ?? text.unknownBrowser}</strong>
          ${id === session.id ? `(${text.sessionThis})` : undefined}
          <span class="soft">${ip}, ${text.lastSeen} ${dates.format(lastSeenAt)} UTC</span>
          ${
            id === session.id
              ? undefined
              : html`<form method="post" action="${link('/account/sessions')}">
                  ${csrfField(session)}<input type="hidden" name="session" value="${id}" />
                  <button
                    class="quiet"
                    aria-label="${text.sessionEnd}: ${browserOf(userAgent) ?? text.unknownBrowser}, ${ip}"
                  >
                    ${text.sessionEnd}
                  </button>
                </form>`
          }
        </li>
      `,
    );
    return {
      kind: 'page',
      title: text.sessionsTitle,
      body: html`<p class="soft">${text.signedInAs} ${session.user.email}</p>
        <ul class="rows">
          ${items}
        </ul>
        <p class="soft">${text.sessionsNote}</p>
        ${signOutForm(request, session)}
        <p><a href="${link('/account/apps')}">${text.appsTitle}</a></p>`,
    };
  }

  private async endOne(request: PageRequest): Promise<PageAnswer> {
    const { session, form, facts, link } = request;
    if (!session?.user) return toLogin(request);
    await this.sessions.end(session.user, form.get('session') ?? '', facts);
    return { kind: 'redirect', status: 303, location: link('/account/sessions') };
  }
}
