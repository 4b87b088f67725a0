import { Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { html } from '../pages/html.js';
import {
  csrfField,
  type PageAnswer,
  PageEndpoints,
  type PageRequest,
} from '../pages/page-endpoint.js';
import type { Session } from '../sessions/session.js';
import { Sessions } from '../sessions/sessions.service.js';
import { digestOf } from '../sessions/digest.js';
import { type LoginAttempt, LoginService } from './login.service.js';

/** What an authorization request that waits for a login is about. */
interface Waiting {
  tenantId: string;
  appName: string;
}

/** `/login`: address and password. With `tx` it goes on with an authorization request afterwards. */
@Injectable()
export class LoginPages {
  readonly show = this.endpoints.create((request) => this.form(request));
  readonly submit = this.endpoints.create((request) => this.signIn(request));
  readonly signOut = this.endpoints.create((request) => this.leave(request));

  constructor(
    private readonly endpoints: PageEndpoints,
    private readonly login: LoginService,
    private readonly sessions: Sessions,
    private readonly database: Database,
  ) {}

  private async form(
    request: PageRequest,
    failure?: { status: number; message: string; headers?: Readonly<Record<string, string>> },
  ): Promise<PageAnswer> {
    const { text, query, form } = request;
    const tx = query.get('tx') ?? form.get('tx');
    const session = await this.endpoints.ensureSession(request);
    const waiting = tx ? await this.waiting(tx, session) : undefined;
    const asked = query.get('ui_locales');
    const locales = asked === null ? '' : `?ui_locales=${encodeURIComponent(asked)}`;
    const note = failure?.message ?? (query.has('saved') ? text.passwordSaved : undefined);
    return {
      kind: 'page',
      status: failure?.status ?? 200,
      headers: failure?.headers ?? {},
      title: text.signIn,
      session,
      body: html`
        ${waiting ? html`<p>${text.signInTo} <strong>${waiting.appName}</strong></p>` : undefined}
        ${note ? html`<p id="note" class="note" role="alert">${note}</p>` : undefined}
        <form method="post" action="/login${locales}">
          ${csrfField(session)}
          ${tx ? html`<input type="hidden" name="tx" value="${tx}" />` : undefined}
          <label for="email">${text.email}</label>
          <input
            id="email"
            name="email"
            type="email"
            autocomplete="username"
            required
            autofocus
            ${note ? html`aria-describedby="note"` : undefined}
            value="${form.get('email')}"
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
          />
          <button>${text.signIn}</button>
        </form>
        <p><a href="/reset">${text.forgot}</a></p>
      `,
    };
  }

  private async signIn(request: PageRequest): Promise<PageAnswer> {
    const { form, text, facts } = request;
    const session = await this.endpoints.ensureSession(request);
    const tx = form.get('tx');
    const user = await this.login.check(
      {
        email: form.get('email') ?? '',
        password: form.get('password') ?? '',
        tenant: await this.tenantOf(form.get('organisation'), tx, session),
      },
      facts,
    );
    if (user && 'refusal' in user)
      return this.form(request, {
        status: 429,
        message: text.tooManyAttempts,
        headers: user.refusal,
      });
    const next = user && (await this.sessions.signIn(session, user, facts));
    if (!next) return this.form(request, { status: 401, message: text.signInFailed });
    const location = tx
      ? `/v1/oauth/authorize/resume?tx=${encodeURIComponent(tx)}`
      : '/account/apps';
    // 303 and never 307, which would send the password on (RFC 9700 section 4.12).
    return { kind: 'redirect', status: 303, location, session: next };
  }

  private async leave({ session }: PageRequest): Promise<PageAnswer> {
    if (session?.user) await this.sessions.end(session.user, session.id);
    return { kind: 'redirect', status: 303, location: '/login', session: 'ended' };
  }

  private async tenantOf(
    organisation: string | undefined,
    tx: string | undefined,
    session: Session,
  ): Promise<LoginAttempt['tenant']> {
    const waiting = tx === undefined ? undefined : await this.waiting(tx, session);
    if (waiting) return { id: waiting.tenantId };
    return organisation === undefined ? undefined : { slug: organisation.trim().toLowerCase() };
  }

  /** Only the session that began the request may go on with it. */
  private async waiting(tx: string, session: Session): Promise<Waiting | undefined> {
    const [row] = await this.database.query<Waiting & Record<string, unknown>>(
      `SELECT app.tenant_id AS "tenantId", app.name AS "appName"
       FROM authorization_request JOIN platform_app app ON app.id = authorization_request.app_id
       WHERE digest = $1 AND session_id = $2`,
      [digestOf(tx), session.id],
    );
    return row;
  }
}
