import { networkOf } from '#libs/foundation';
import { RateLimiter, scaleLimit } from '#libs/guards';
import { Injectable } from '@nestjs/common';
import { AuthConfig } from '../../../config.js';
import { html } from '../pages/html.js';
import {
  csrfField,
  type PageAnswer,
  PageEndpoints,
  type PageRequest,
} from '../pages/page-endpoint.js';
import { AccountPasswords } from './account-passwords.service.js';

const perAddress = { name: 'reset', perSecond: 10 / 900, burst: 10 };

/** `/reset`: asks for a link by mail. The answer is the same for every address. */
@Injectable()
export class ResetPages {
  readonly show = this.endpoints.create((request) => this.form(request));
  readonly submit = this.endpoints.create((request) => this.send(request));

  constructor(
    private readonly endpoints: PageEndpoints,
    private readonly accounts: AccountPasswords,
    private readonly limiter: RateLimiter,
    private readonly config: AuthConfig,
  ) {}

  private async form(request: PageRequest): Promise<PageAnswer> {
    const { text } = request;
    const session = await this.endpoints.ensureSession(request);
    return {
      kind: 'page',
      title: text.resetTitle,
      session,
      body: html`
        <form method="post" action="/reset">
          ${csrfField(session)}
          <label for="email">${text.email}</label>
          <input id="email" name="email" type="email" autocomplete="username" required autofocus />
          <label for="organisation">${text.organisation}</label>
          <input id="organisation" name="organisation" autocomplete="organization" />
          <button>${text.resetSend}</button>
        </form>
      `,
    };
  }

  private async send({ form, text, facts }: PageRequest): Promise<PageAnswer> {
    const scale = this.config.rateLimitScale;
    const limited =
      scale !== 0 &&
      (await this.limiter.take(`reset:${networkOf(facts.ip)}`, scaleLimit(perAddress, scale)))
        .waitMs > 0;
    if (!limited) {
      const organisation = form.get('organisation')?.trim().toLowerCase();
      await this.accounts.requestReset(form.get('email') ?? '', organisation, text);
    }
    return {
      kind: 'page',
      status: limited ? 429 : 200,
      title: text.resetTitle,
      body: html`<p>${limited ? text.tooManyAttempts : text.resetSent}</p>`,
    };
  }
}
