import { Injectable } from '@nestjs/common';
import { html } from '../pages/html.js';
import {
  csrfField,
  type PageAnswer,
  PageEndpoints,
  type PageRequest,
} from '../pages/page-endpoint.js';
import { Sessions } from './sessions.service.js';

const toLogin: PageAnswer = { kind: 'redirect', status: 303, location: '/login' };

/** `/account/sessions`: where someone is signed in, and an end to it. */
@Injectable()
export class SessionPages {
  readonly show = this.endpoints.create((request) => this.list(request));
  readonly end = this.endpoints.create((request) => this.endOne(request));

  constructor(
    private readonly endpoints: PageEndpoints,
    private readonly sessions: Sessions,
  ) {}

  private async list({ session, text, language }: PageRequest): Promise<PageAnswer> {
    if (!session?.user) return toLogin;
    const dates = new Intl.DateTimeFormat(language, {
      dateStyle: 'medium',
      timeStyle: 'short',
      timeZone: 'UTC',
    });
    const items = (await this.sessions.listOf(session.user)).map(
      ({ id, ip, userAgent, lastSeenAt }) => html`
        <li>
          ${userAgent} (${ip}), ${text.lastSeen} ${dates.format(lastSeenAt)} UTC
          ${
            id === session.id
              ? html`<strong>${text.sessionThis}</strong>`
              : html`<form method="post" action="/account/sessions">
                  ${csrfField(session)}<input type="hidden" name="session" value="${id}" />
                  <button class="quiet">${text.sessionEnd}</button>
                </form>`
          }
        </li>
      `,
    );
    return {
      kind: 'page',
      title: text.sessionsTitle,
      body: html`<p class="soft">${text.signedInAs} ${session.user.email}</p>
        <ul>
          ${items}
        </ul>
        <p class="soft">${text.sessionsNote}</p>
        <form method="post" action="/logout">
          ${csrfField(session)}<button>${text.signOut}</button>
        </form>
        <p><a href="/account/apps">${text.appsTitle}</a></p>`,
    };
  }

  private async endOne({ session, form }: PageRequest): Promise<PageAnswer> {
    if (!session?.user) return toLogin;
    await this.sessions.end(session.user, form.get('session') ?? '');
    return { kind: 'redirect', status: 303, location: '/account/sessions' };
  }
}
