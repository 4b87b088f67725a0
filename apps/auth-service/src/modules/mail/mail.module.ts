import { join } from 'node:path';
import { Ids, LOGGER, type Logger } from '#libs/foundation';
import { Module } from '@nestjs/common';
import { AuthConfig } from '../../config.js';
import { FileMailer } from './file.mailer.js';
import { Mailer } from './mailer.js';
import { SmtpMailer } from './smtp.mailer.js';

export function createMailer(config: AuthConfig, ids: Ids, logger: Logger): Mailer {
  const { smtpUrl, mailFrom, dataDir, isProduction } = config;
  if (smtpUrl !== undefined) return new SmtpMailer(smtpUrl, mailFrom, logger);
  const directory = join(dataDir, 'mail');
  if (isProduction)
    logger.warn({ directory }, 'SMTP_URL is not set: mail is written to files and reaches nobody');
  return new FileMailer(directory, mailFrom, ids, logger);
}

/** Mail to people, for every feature that writes some. */
@Module({
  providers: [
    {
      provide: Mailer,
      useFactory: createMailer,
      inject: [AuthConfig, Ids, LOGGER],
    },
  ],
  exports: [Mailer],
})
export class MailModule {}
