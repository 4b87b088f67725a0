export interface Mail {
  to: string;
  subject: string;
  /** Plain text. */
  text: string;
}

/** What may be told of a failure: nothing that the server said, which may repeat addresses or the text. */
export interface MailFacts {
  /** ESOCKET, EAUTH, EENVELOPE, … */
  reason: string | undefined;
  /** Of the server, three digits (RFC 5321 section 4.2). */
  response_code: number | undefined;
  command: string | undefined;
}

/** A mail that did not go: its recipient is refused for good or for now, or the server serves nobody. */
export class MailFailure extends Error {
  constructor(
    readonly verdict: 'refused' | 'deferred' | 'away',
    readonly facts: MailFacts,
  ) {
    super(`mail failed: ${facts.reason ?? 'unknown'}`);
  }
}

/** The one way mail leaves: SMTP, or files where there is none. */
export abstract class Mailer {
  /** Tries again for minutes while the server is away. @throws Error as `sendOnce` does, of the last try */
  abstract send(mail: Mail): Promise<void>;

  /** One try, within a bounded time, for whoever tries again later. @throws Error, a MailFailure where it is SMTP's */
  abstract sendOnce(mail: Mail): Promise<void>;
}
