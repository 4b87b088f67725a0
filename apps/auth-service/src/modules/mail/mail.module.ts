import { join } from 'node:path';
import { Ids, LOGGER, type Logger } from '#libs/foundation';
import { Module } from '@nestjs/common';
import { AuthConfig } from '../../config.js';
import { FileMailer } from './file.mailer.js';
import { Mailer } from './mailer.js';
import { SmtpMailer } from './smtp.mailer.js';

/** Mail to people, for every feature that writes some. */
@Module({
  providers: [
    {
      provide: Mailer,
      useFactory: (config: AuthConfig, ids: Ids, logger: Logger) =>
        config.smtpUrl === undefined
          ? new FileMailer(join(config.dataDir, 'mail'), config.mailFrom, ids, logger)
          : new SmtpMailer(config.smtpUrl, config.mailFrom, logger),
      inject: [AuthConfig, Ids, LOGGER],
    },
  ],
  exports: [Mailer],
})
export class MailModule {}
