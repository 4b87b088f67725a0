import { createTransport, type Transporter } from 'nodemailer';
import { type Mail, Mailer } from './mailer.js';

/** Mail through the server that SMTP_URL names. */
export class SmtpMailer extends Mailer {
  private readonly transport: Transporter;

  constructor(
    url: string,
    private readonly from: string,
  ) {
    super();
    this.transport = createTransport(url);
  }

  async send({ to, subject, text }: Mail): Promise<void> {
    // An object, not a header line: an address cannot smuggle in another recipient.
    await this.transport.sendMail({
      from: this.from,
      to: { name: '', address: to },
      subject,
      text,
    });
  }
}
