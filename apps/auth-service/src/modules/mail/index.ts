export { MailModule } from './mail.module.js';
export { MailFailure, Mailer } from './mailer.js';
