import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '#libs/foundation';
import { createTransport, type Transporter } from 'nodemailer';
import { type Mail, Mailer } from './mailer.js';

export interface SmtpOptions {
  /** Milliseconds before each further try; they end within the life of a link. */
  retryDelaysMs?: readonly number[];
  /** Certificates to trust beside the system's, in PEM. */
  ca?: string;
}

/** What may be told of a failure: nothing that the server said, which may repeat addresses or the text. */
interface Failure {
  /** ESOCKET, EAUTH, EENVELOPE, … */
  reason: string | undefined;
  /** Of the server, three digits (RFC 5321 section 4.2). */
  response_code: number | undefined;
  command: string | undefined;
}

/** Mail through the server that SMTP_URL names. A server that is away is tried again. */
export class SmtpMailer extends Mailer {
  private readonly transport: Transporter;
  private readonly retryDelaysMs: readonly number[];

  /** @param url smtps: TLS from the start; smtp: STARTTLS where it is offered, and always with a password */
  constructor(
    url: string,
    private readonly from: string,
    private readonly logger: Logger,
    { retryDelaysMs = [2_000, 15_000, 60_000, 300_000], ca }: SmtpOptions = {},
  ) {
    super();
    this.retryDelaysMs = retryDelaysMs;
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

  /** @throws Error that tells no address and no text, once the server has refused or every try has failed */
  async send(mail: Mail): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.hand(mail);
        return;
      } catch (error) {
        const failure = toFailure(error);
        const delayMs = this.retryDelaysMs[attempt - 1];
        if (delayMs === undefined || isRefusal(failure)) {
          this.logger.error({ ...failure, attempt }, 'mail.failed');
          throw new Error(`mail failed: ${failure.reason ?? 'unknown'}`);
        }
        this.logger.warn({ ...failure, attempt, retry_in_ms: delayMs }, 'mail.delayed');
        await delay(delayMs, undefined, { ref: false });
      }
    }
  }

  private async hand({ to, subject, text }: Mail): Promise<void> {
    // An object, not a header line: an address cannot smuggle in another recipient.
    const address = { name: '', address: to };
    await this.transport.sendMail({ from: this.from, to: address, subject, text });
  }
}

function toFailure(error: unknown): Failure {
  const { code, responseCode, command } = error as {
    code?: string;
    responseCode?: number;
    command?: string;
  };
  return { reason: code, response_code: responseCode, command };
}

/** The server has said no for good: 5xx (RFC 5321 section 4.2.1). */
function isRefusal({ response_code: responseCode = 0 }: Failure): boolean {
  return responseCode >= 500;
}
