import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/index.js';
import { MailModule } from '../mail/index.js';
import { AccountPasswords } from './enrolment/account-passwords.service.js';
import { Invitations } from './enrolment/invitations.service.js';
import { PasswordPages } from './enrolment/password.pages.js';
import { ResetPages } from './enrolment/reset.pages.js';
import { OneTimeLinks } from './links/one-time-links.service.js';
import { LoginPages } from './login/login.pages.js';
import { LoginService } from './login/login.service.js';
import { WaitingRequests } from './login/waiting-request.query.js';
import { PageEndpoints } from './pages/page-endpoint.js';
import { PageLimits } from './pages/page-limits.js';
import { Passwords } from './passwords/passwords.service.js';
import { SessionPages } from './sessions/session.pages.js';
import { Sessions } from './sessions/sessions.service.js';

const shared = [
  Invitations,
  LoginPages,
  PageEndpoints,
  PageLimits,
  PasswordPages,
  ResetPages,
  SessionPages,
  Sessions,
];

/** People: passwords, sessions, their pages. */
@Module({
  imports: [IdentityModule, MailModule],
  providers: [...shared, AccountPasswords, LoginService, OneTimeLinks, Passwords, WaitingRequests],
  exports: shared,
})
export class AccountsModule {}
