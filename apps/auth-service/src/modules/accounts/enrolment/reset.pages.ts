import { Injectable } from '@nestjs/common';
import { emailKeyOf } from '../login/email-key.js';
import { html } from '../pages/html.js';
import { organisationOf } from '../pages/organisation.js';
import {
  csrfField,
  type PageAnswer,
  PageEndpoints,
  PageError,
  type PageRequest,
} from '../pages/page-endpoint.js';
import { PageLimits } from '../pages/page-limits.js';
import { AccountPasswords } from './account-passwords.service.js';

/** `/reset`: asks for a link by mail. The answer is the same for every address. */
@Injectable()
export class ResetPages {
  readonly show = this.endpoints.create((request) => this.form(request));
  readonly submit = this.endpoints.create((request) => this.send(request));

  constructor(
    private readonly endpoints: PageEndpoints,
    private readonly accounts: AccountPasswords,
    private readonly limits: PageLimits,
  ) {}

  private async form(request: PageRequest): Promise<PageAnswer> {
    const { text, query, link } = request;
    const tx = query.get('tx');
    const session = await this.endpoints.ensureSession(request);
    return {
      kind: 'page',
      title: text.resetTitle,
      session,
      body: html`
        <form method="post" action="${link('/reset')}">
          ${csrfField(session)}
          ${tx ? html`<input type="hidden" name="tx" value="${tx}" />` : undefined}
          <label for="email">${text.email}</label>
          <input id="email" name="email" type="email" autocomplete="username" required autofocus />
          <label for="organisation">${text.organisation}</label>
          <input id="organisation" name="organisation" autocomplete="organization" />
          <button>${text.resetSend}</button>
        </form>
      `,
    };
  }

  private async send(request: PageRequest): Promise<PageAnswer> {
    const { form, text, language, link } = request;
    await this.endpoints.admit('reset-network', request);
    const email = emailKeyOf(form.get('email'));
    const headers = await this.limits.take('reset', { email });
    if (headers) throw new PageError(429, 'tooManyAttempts', { headers, reason: 'reset' });
    const organisation = organisationOf(form.get('organisation'));
    await this.accounts.requestReset(email, organisation, language);
    // The request that waits goes on in this window, once the password is saved in another.
    const back = link('/login', { tx: form.get('tx') });
    return {
      kind: 'page',
      title: text.resetTitle,
      body: html`<p>${text.resetSent}</p>
        <p><a href="${back}">${text.backToSignIn}</a></p>`,
    };
  }
}
