export interface Mail {
  to: string;
  subject: string;
  /** Plain text. */
  text: string;
}

/** The one way mail leaves: SMTP, or files where there is none. */
export abstract class Mailer {
  abstract send(mail: Mail): Promise<void>;
}
