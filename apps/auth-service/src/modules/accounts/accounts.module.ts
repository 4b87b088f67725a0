import { join } from 'node:path';
import { Ids, LOGGER, type Logger } from '#libs/foundation';
import { Module } from '@nestjs/common';
import { AuthConfig } from '../../config.js';
import { IdentityModule } from '../identity/index.js';
import { AccountPasswords } from './enrolment/account-passwords.service.js';
import { Invitations } from './enrolment/invitations.service.js';
import { PasswordPages } from './enrolment/password.pages.js';
import { ResetPages } from './enrolment/reset.pages.js';
import { OneTimeLinks } from './links/one-time-links.service.js';
import { LoginPages } from './login/login.pages.js';
import { LoginService } from './login/login.service.js';
import { FileMailer } from './mail/file.mailer.js';
import { Mailer } from './mail/mailer.js';
import { SmtpMailer } from './mail/smtp.mailer.js';
import { PageEndpoints } from './pages/page-endpoint.js';
import { Passwords } from './passwords/passwords.service.js';
import { SessionPages } from './sessions/session.pages.js';
import { Sessions } from './sessions/sessions.service.js';

const shared = [
  Invitations,
  LoginPages,
  PageEndpoints,
  PasswordPages,
  ResetPages,
  SessionPages,
  Sessions,
];

/** People: passwords, sessions, their pages, mail. */
@Module({
  imports: [IdentityModule],
  providers: [
    ...shared,
    AccountPasswords,
    LoginService,
    OneTimeLinks,
    Passwords,
    {
      provide: Mailer,
      useFactory: (config: AuthConfig, ids: Ids, logger: Logger) =>
        config.smtpUrl === undefined
          ? new FileMailer(join(config.dataDir, 'mail'), config.mailFrom, ids, logger)
          : new SmtpMailer(config.smtpUrl, config.mailFrom),
      inject: [AuthConfig, Ids, LOGGER],
    },
  ],
  exports: shared,
})
export class AccountsModule {}
