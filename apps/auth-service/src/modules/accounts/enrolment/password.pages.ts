import { Injectable } from '@nestjs/common';
import { type LinkPurpose, OneTimeLinks } from '../links/one-time-links.service.js';
import { html } from '../pages/html.js';
import {
  csrfField,
  type PageAnswer,
  PageEndpoints,
  type PageRequest,
} from '../pages/page-endpoint.js';
import { AccountPasswords } from './account-passwords.service.js';

const action: Readonly<Record<LinkPurpose, string>> = { enrol: '/enrol', reset: '/reset/confirm' };

/** `/enrol` and `/reset/confirm`: a new password by one-time link. */
@Injectable()
export class PasswordPages {
  readonly showEnrol = this.endpoints.create((request) => this.form(request, 'enrol'));
  readonly submitEnrol = this.endpoints.create((request) => this.save(request, 'enrol'));
  readonly showConfirm = this.endpoints.create((request) => this.form(request, 'reset'));
  readonly submitConfirm = this.endpoints.create((request) => this.save(request, 'reset'));

  constructor(
    private readonly endpoints: PageEndpoints,
    private readonly links: OneTimeLinks,
    private readonly accounts: AccountPasswords,
  ) {}

  private async form(
    request: PageRequest,
    purpose: LinkPurpose,
    problem?: string,
  ): Promise<PageAnswer> {
    const { text, query, form, link } = request;
    const token = form.get('token') ?? query.get('token') ?? '';
    const owner = await this.links.peek(token, purpose);
    if (!owner) return this.dead(request, purpose);
    const session = await this.endpoints.ensureSession(request);
    return {
      kind: 'page',
      status: problem === undefined ? 200 : 422,
      title: purpose === 'enrol' ? text.enrolTitle : text.resetTitle,
      session,
      ...(problem !== undefined && { note: { kind: 'problem', text: problem } }),
      body: html`
        <p>${text.passwordText}</p>
        <form method="post" action="${link(action[purpose])}">
          ${csrfField(session)}
          <input type="hidden" name="token" value="${token}" />
          <label for="username">${text.email}</label>
          <input id="username" autocomplete="username" value="${owner.email}" readonly />
          <label for="password">${text.newPassword}</label>
          <input
            id="password"
            name="password"
            type="password"
            autocomplete="new-password"
            required
            minlength="12"
            ${problem && html`aria-invalid="true" aria-describedby="note"`}
            autofocus
          />
          <button>${text.save}</button>
        </form>
      `,
    };
  }

  private async save(request: PageRequest, purpose: LinkPurpose): Promise<PageAnswer> {
    const { form, text, facts, link, session } = request;
    const outcome = await this.accounts.save(
      form.get('token') ?? '',
      purpose,
      form.get('password') ?? '',
      facts,
    );
    if (outcome === 'saved')
      return {
        kind: 'redirect',
        status: 303,
        location: link('/login', { saved: '1' }),
        // A request that an app has begun in this browser waits for the login; a login of before is over.
        ...(session?.user && { session: 'ended' }),
      };
    return outcome === 'dead'
      ? this.dead(request, purpose)
      : this.form(request, purpose, text[outcome]);
  }

  private dead({ text, link }: PageRequest, purpose: LinkPurpose): PageAnswer {
    // An invitation is made by somebody else.
    const another = html`<p><a href="${link('/reset')}">${text.resetTitle}</a></p>`;
    return {
      kind: 'page',
      status: 410,
      title: text.errorTitle,
      body: html`<p>${text.linkDead}</p>
        ${purpose === 'reset' ? another : undefined}`,
    };
  }
}
