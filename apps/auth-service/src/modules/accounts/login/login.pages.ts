import { Injectable } from '@nestjs/common';
import { html } from '../pages/html.js';
import { organisationOf } from '../pages/organisation.js';
import {
  csrfField,
  type PageAnswer,
  PageEndpoints,
  PageError,
  type PageRequest,
  refuseForm,
} from '../pages/page-endpoint.js';
import type { Session } from '../sessions/session.js';
import { Sessions } from '../sessions/sessions.service.js';
import { emailKeyOf } from './email-key.js';
import { LoginService } from './login.service.js';
import { type WaitingRequest, WaitingRequests } from './waiting-request.query.js';

interface Failure {
  status: number;
  message: string;
  headers?: Readonly<Record<string, string>>;
}

/** `/login`: address and password. With `tx` it goes on with an authorization request afterwards. */
@Injectable()
export class LoginPages {
  readonly show = this.endpoints.create((request) => this.ask(request));
  readonly submit = this.endpoints.create(
    (request) => this.signIn(request),
    (request) => this.goOn(request),
  );
  readonly signOut = this.endpoints.create((request) => this.leave(request));

  constructor(
    private readonly endpoints: PageEndpoints,
    private readonly login: LoginService,
    private readonly sessions: Sessions,
    private readonly requests: WaitingRequests,
  ) {}

  private async ask(request: PageRequest): Promise<PageAnswer> {
    const tx = request.query.get('tx') ?? undefined;
    return this.form(request, tx, await this.requests.find(tx, request.session));
  }

  private async form(
    request: PageRequest,
    tx: string | undefined,
    waiting: WaitingRequest | undefined,
    failure?: Failure,
  ): Promise<PageAnswer> {
    const { text, query, form, link } = request;
    const session = await this.endpoints.ensureSession(request);
    // Too many attempts say nothing about the fields.
    const wrong =
      failure?.status === 401 ? html`aria-invalid="true" aria-describedby="note"` : undefined;
    const email = form.get('email');
    const focus = html`autofocus`;
    return {
      kind: 'page',
      status: failure?.status ?? 200,
      headers: failure?.headers ?? {},
      title: text.signIn,
      session,
      ...(failure && { note: { kind: 'problem', text: failure.message } }),
      ...(query.has('saved') && !failure && { note: { kind: 'done', text: text.passwordSaved } }),
      body: html`
        ${waiting ? html`<p>${text.signInTo} <strong>${waiting.appName}</strong></p>` : undefined}
        <form method="post" action="${link('/login')}">
          ${csrfField(session)}
          ${tx ? html`<input type="hidden" name="tx" value="${tx}" />` : undefined}
          <label for="email">${text.email}</label>
          <input
            id="email"
            name="email"
            type="email"
            autocomplete="username"
            required
            ${email ? undefined : focus}
            ${wrong}
            value="${email}"
          />
          ${
            waiting
              ? undefined
              : html`<label for="organisation">${text.organisation}</label>
                  <input
                    id="organisation"
                    name="organisation"
                    autocomplete="organization"
                    value="${form.get('organisation')}"
                  />`
          }
          <label for="password">${text.password}</label>
          <input
            id="password"
            name="password"
            type="password"
            autocomplete="current-password"
            required
            ${email ? focus : undefined}
            ${wrong}
          />
          <button>${text.signIn}</button>
        </form>
        <p><a href="${link('/reset', { tx })}">${text.forgot}</a></p>
      `,
    };
  }

  private async signIn(request: PageRequest): Promise<PageAnswer> {
    const { form, text, facts } = request;
    const session = await this.endpoints.ensureSession(request);
    const tx = form.get('tx');
    const waiting = await this.requests.find(tx, session);
    const slug = organisationOf(form.get('organisation'));
    const user = await this.login.check(
      {
        email: form.get('email') ?? '',
        password: form.get('password') ?? '',
        tenant: waiting ? { id: waiting.tenantId } : slug === undefined ? undefined : { slug },
      },
      facts,
    );
    if (user && 'refusal' in user) {
      const failure = { status: 429, message: text.tooManyAttempts, headers: user.refusal };
      return this.form(request, tx, waiting, failure);
    }
    const next = user && (await this.sessions.signIn(session, user, facts));
    if (!next) {
      const message = waiting ? text.signInToFailed : text.signInFailed;
      return this.form(request, tx, waiting, { status: 401, message });
    }
    if (next === 'over')
      throw new PageError(403, 'errorForm', { reason: 'the form of a session that is over' });
    return afterLogin(request, next);
  }

  /** The form of before the login, with the cookie of after it (ADR 25): as the way on for who is signed in already. */
  private async goOn(request: PageRequest): Promise<PageAnswer> {
    const { session, form } = request;
    const isSame =
      session?.user && emailKeyOf(session.user.email) === emailKeyOf(form.get('email'));
    return isSame ? afterLogin(request) : refuseForm(request);
  }

  private async leave({ session, link, facts }: PageRequest): Promise<PageAnswer> {
    if (session?.user) await this.sessions.end(session.user, session.id, facts);
    return { kind: 'redirect', status: 303, location: link('/login'), session: 'ended' };
  }
}

function afterLogin({ form, link }: PageRequest, session?: Session): PageAnswer {
  const tx = form.get('tx');
  const location =
    tx === undefined ? link('/account/apps') : link('/v1/oauth/authorize/resume', { tx });
  // 303 and never 307, which would send the password on (RFC 9700 section 4.12).
  return { kind: 'redirect', status: 303, location, ...(session && { session }) };
}
