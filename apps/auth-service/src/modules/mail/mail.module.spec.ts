import { randomBytes } from 'node:crypto';
import { Ids, type Logger, SystemClock } from '#libs/foundation';
import { AuthConfig } from '../../config.js';
import { createMailer } from './mail.module.js';

it.each([
  [{ NODE_ENV: 'production' }, 1],
  [{}, 0],
  [{ NODE_ENV: 'production', SMTP_URL: 'smtp://mail.example' }, 0],
])('warns where production writes mail to files: %p', (environment, warnings) => {
  const warn = jest.fn();
  const config = AuthConfig.fromEnvironment({
    DATABASE_URL: 'postgresql://localhost/knogin',
    KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    ...environment,
  });

  createMailer(config, new Ids(new SystemClock()), { warn } as unknown as Logger);

  expect(warn).toHaveBeenCalledTimes(warnings);
});
