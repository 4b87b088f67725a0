import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ids, Logger } from '#libs/foundation';
import { type Mail, Mailer } from './mailer.js';

/** The embedded default: one file a mail, readable by its owner alone. The log names the file, never what is in it. */
export class FileMailer extends Mailer {
  constructor(
    private readonly directory: string,
    private readonly from: string,
    private readonly ids: Ids,
    private readonly logger: Logger,
  ) {
    super();
  }

  send(mail: Mail): Promise<void> {
    return this.sendOnce(mail);
  }

  async sendOnce({ to, subject, text }: Mail): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const file = join(this.directory, `${this.ids.uuid()}.txt`);
    const content = `From: ${this.from}\nTo: ${to}\nSubject: ${subject}\n\n${text}\n`;
    await writeFile(file, content, { mode: 0o600, flag: 'wx' });
    this.logger.info({ file }, 'mail.written');
  }
}
