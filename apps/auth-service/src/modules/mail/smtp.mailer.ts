import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '#libs/foundation';
import { createTransport, type Transporter } from 'nodemailer';
import { type Mail, MailFailure, Mailer } from './mailer.js';

export interface SmtpOptions {
  /** Milliseconds before each further try; they end within the life of a link. */
  retryDelaysMs?: readonly number[];
  /** Of a single try, from the look-up of the server to its answer. */
  onceMs?: number;
  /** Certificates to trust beside the system's, in PEM. */
  ca?: string;
}

/** Mail through the server that SMTP_URL names. A server that is away is tried again. */
export class SmtpMailer extends Mailer {
  private readonly transport: Transporter;
  private readonly retryDelaysMs: readonly number[];
  private readonly onceMs: number;

  /** @param url smtps: TLS from the start; smtp: STARTTLS where it is offered, and always with a password */
  constructor(
    url: string,
    private readonly from: string,
    private readonly logger: Logger,
    { retryDelaysMs = [2_000, 15_000, 60_000, 300_000], onceMs = 20_000, ca }: SmtpOptions = {},
  ) {
    super();
    this.retryDelaysMs = retryDelaysMs;
    this.onceMs = onceMs;
    this.transport = createTransport({
      url,
      // Who strips STARTTLS from the greeting must not be told the password.
      requireTLS: new URL(url).username !== '',
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      socketTimeout: 30_000,
      ...(ca === undefined ? {} : { tls: { ca } }),
    });
  }

  /** @throws MailFailure once the server has refused or every try has failed */
  async send(mail: Mail): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.hand(mail);
        return;
      } catch (error) {
        const failure = toFailure(error);
        const delayMs = this.retryDelaysMs[attempt - 1];
        if (delayMs === undefined || isFinal(failure.facts.response_code)) {
          this.logger.error({ ...failure.facts, attempt }, 'mail.failed');
          throw failure;
        }
        this.logger.warn({ ...failure.facts, attempt, retry_in_ms: delayMs }, 'mail.delayed');
        await delay(delayMs, undefined, { ref: false });
      }
    }
  }

  async sendOnce(mail: Mail): Promise<void> {
    try {
      await this.hand(mail, AbortSignal.timeout(this.onceMs));
    } catch (error) {
      throw toFailure(error);
    }
  }

  private async hand({ to, subject, text }: Mail, signal?: AbortSignal): Promise<void> {
    // An object, not a header line: an address cannot smuggle in another recipient.
    const address = { name: '', address: to };
    await this.transport.sendMail({ from: this.from, to: address, subject, text, signal });
  }
}

/** The answers to these are about the recipient, for a mail has one; everything else is about the server. */
const ofRecipient = new Set(['RCPT TO', 'DATA']);

function toFailure(error: unknown): MailFailure {
  const { code, responseCode, command } = error as {
    code?: string;
    responseCode?: number;
    command?: string;
  };
  const facts = { reason: code, response_code: responseCode, command };
  if (command === undefined || !ofRecipient.has(command)) return new MailFailure('away', facts);
  return new MailFailure(isFinal(responseCode) ? 'refused' : 'deferred', facts);
}

/** The server has said no for good: 5xx (RFC 5321 section 4.2.1). */
function isFinal(responseCode = 0): boolean {
  return responseCode >= 500;
}
