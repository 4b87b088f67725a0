import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { createLogger } from '#libs/foundation';
import { TestCa } from '#libs/testing';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { MailFailure } from './mailer.js';
import { type SmtpOptions, SmtpMailer } from './smtp.mailer.js';

const link = 'https://auth.knogin.com/reset/confirm?token=s3cret-t0ken';
const mail = { to: 'anna@example.com', subject: 'Zurücksetzen', text: `Öffnen Sie\n\n${link}` };

/** smtp-server, by the authors of nodemailer: what a mail server takes and refuses. */
class MailServer {
  readonly mails: { to: string[]; source: string; secure: boolean }[] = [];
  readonly logins: string[] = [];

  private constructor(readonly server: SMTPServer) {}

  static async start(ca: TestCa, options: SMTPServerOptions = {}, port = 0): Promise<MailServer> {
    const { key, cert } = ca.issue({ hosts: ['127.0.0.1'] });
    const holder: { self?: MailServer } = {};
    const server = new SMTPServer({
      key,
      cert,
      authOptional: true,
      disabledCommands: [],
      onAuth: ({ username, password }, _session, done) => {
        holder.self?.logins.push(`${username}:${password}`);
        if (password === 'open sesame') done(null, { user: username });
        else done(new Error('no such login'));
      },
      onRcptTo: ({ address }, _session, done) => {
        if (address.startsWith('anna@')) done();
        else done(Object.assign(new Error(`no ${address} here`), { responseCode: 550 }));
      },
      onData: (stream, session, done) => {
        void text(stream).then((source) => {
          const to = session.envelope.rcptTo.map(({ address }) => address);
          holder.self?.mails.push({ to, source, secure: session.secure });
          done();
        });
      },
      ...options,
    });
    server.on('error', () => undefined);
    holder.self = new MailServer(server);
    const listener = server.listen(port, '127.0.0.1');
    await once(listener, 'listening');
    return holder.self;
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.server.close(() => resolve(undefined));
    return promise;
  }
}

describe('SmtpMailer', () => {
  const ca = new TestCa();
  let log: string;
  let server: MailServer | undefined;

  beforeEach(() => (log = ''));
  afterEach(async () => {
    // Whatever happens, neither the link nor the address nor a password is in the log.
    expect(log).not.toMatch(/s3cret-t0ken|anna@|bert@|sesame/);
    await server?.stop();
    server = undefined;
  });

  const mailer = (url: string, options: SmtpOptions = {}): SmtpMailer => {
    const destination = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        log += chunk.toString();
        done();
      },
    });
    const logger = createLogger({ name: 'test', level: 'info', destination });
    return new SmtpMailer(url, 'no-reply@auth.knogin.com', logger, {
      retryDelaysMs: [],
      ca: ca.cert,
      ...options,
    });
  };

  it('sends over STARTTLS with a login, in letters of every language', async () => {
    server = await MailServer.start(ca);
    await mailer(`smtp://knogin:open%20sesame@127.0.0.1:${server.port}`).send(mail);
    expect(server.logins).toEqual(['knogin:open sesame']);
    const [received] = server.mails;
    expect(received).toMatchObject({ to: ['anna@example.com'], secure: true });
    expect(received?.source).toContain('From: no-reply@auth.knogin.com');
    expect(received?.source).toContain('Subject: =?UTF-8?Q?Zur=C3=BCcksetzen?=');
    const body = (received?.source ?? '').replace(/=\r\n/g, '').replaceAll('=3D', '=');
    expect(body).toContain(link);
    expect(body).toContain('=C3=96ffnen');
  });

  it('sends over TLS from the start', async () => {
    server = await MailServer.start(ca, { secure: true });
    await mailer(`smtps://127.0.0.1:${server.port}`).send(mail);
    expect(server.mails).toHaveLength(1);
  });

  it('trusts no server whose certificate nobody vouches for', async () => {
    server = await MailServer.start(new TestCa(), { secure: true });
    const sending = mailer(`smtps://127.0.0.1:${server.port}`).send(mail);
    await expect(sending).rejects.toThrow('mail failed: ESOCKET');
    expect(server.mails).toEqual([]);
  });

  it('tells its password to no server that has lost its STARTTLS', async () => {
    server = await MailServer.start(ca, {
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
    });
    const sending = mailer(`smtp://knogin:open%20sesame@127.0.0.1:${server.port}`).send(mail);
    await expect(sending).rejects.toThrow(/^mail failed: E/);
    expect([server.logins, server.mails]).toEqual([[], []]);
  });

  it('says that its login was refused', async () => {
    server = await MailServer.start(ca);
    const url = `smtp://knogin:sesame@127.0.0.1:${server.port}`;
    await expect(mailer(url, { retryDelaysMs: [1] }).send(mail)).rejects.toThrow('EAUTH');
    expect(log).toContain('"response_code":535');
    expect(server.logins).toEqual(['knogin:sesame']);
  });

  it('says that a recipient was refused, tries no more, and repeats nothing', async () => {
    server = await MailServer.start(ca);
    const sending = mailer(`smtp://127.0.0.1:${server.port}`, { retryDelaysMs: [1] });
    await expect(sending.send({ ...mail, to: 'bert@example.com' })).rejects.toThrow('EENVELOPE');
    expect(log).toContain('"response_code":550');
    expect(log).toContain('mail.failed');
    expect(log).not.toContain('mail.delayed');
  });

  it('takes an address for one recipient, whatever is in it', async () => {
    server = await MailServer.start(ca);
    const to = 'anna@example.com, bert@example.com';
    const sending = mailer(`smtp://127.0.0.1:${server.port}`).send({ ...mail, to });
    await sending.catch(() => undefined);
    expect(server.mails.flatMap((received) => received.to)).not.toContain('bert@example.com');
  });

  it('tries again while the server is away or busy, until the mail is delivered', async () => {
    const first = await MailServer.start(ca);
    const { port } = first;
    await first.stop();
    let busy = true;
    const delays = Array.from({ length: 1_000 }, () => 5);
    const sending = mailer(`smtp://127.0.0.1:${port}`, { retryDelaysMs: delays }).send(mail);
    while (!log.includes('mail.delayed')) await new Promise(setImmediate);
    expect(log).toContain('"reason":"ESOCKET"');
    const options: SMTPServerOptions = {
      onMailFrom: (_address, _session, done) => {
        if (busy) done(Object.assign(new Error('busy'), { responseCode: 451 }));
        else done();
        busy = false;
      },
    };
    server = await MailServer.start(ca, options, port);
    await sending;
    expect(server.mails).toHaveLength(1);
    expect(log).toContain('"response_code":451');
  });

  it('gives up in the end, with one error', async () => {
    const sending = mailer('smtp://127.0.0.1:1', { retryDelaysMs: [1, 1] }).send(mail);
    await expect(sending).rejects.toThrow('mail failed: ESOCKET');
    expect(log.split('mail.delayed')).toHaveLength(3);
    expect(log.split('mail.failed')).toHaveLength(2);
  });

  describe('with one try', () => {
    const answer = (responseCode: number): Error =>
      Object.assign(new Error(`not to ${mail.to}: ${mail.text}`), { responseCode });
    const to = (code: number): SMTPServerOptions => ({
      onRcptTo: (_address, _session, done) => done(answer(code)),
    });
    const text = (code: number): SMTPServerOptions => ({
      onData: (stream, _session, done) => {
        stream.resume().on('end', () => done(answer(code)));
      },
    });
    const from = (code: number): SMTPServerOptions => ({
      onMailFrom: (_address, _session, done) => done(answer(code)),
    });

    it.each<[string, SMTPServerOptions, MailFailure['verdict'], number]>([
      ['550 to the recipient', to(550), 'refused', 550],
      ['452 to the recipient', to(452), 'deferred', 452],
      ['554 to the text', text(554), 'refused', 554],
      ['451 to the text', text(451), 'deferred', 451],
      ['421 to the recipient', to(421), 'away', 421],
      ['550 to the sender', from(550), 'away', 550],
      ['451 to the sender', from(451), 'away', 451],
    ])('tells whose failure it was: %s', async (_, options, verdict, response_code) => {
      server = await MailServer.start(ca, options);
      const sending = mailer(`smtp://127.0.0.1:${server.port}`, { retryDelaysMs: [1] });
      const failure: unknown = await sending.sendOnce(mail).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(MailFailure);
      expect(failure).toMatchObject({ verdict, facts: { response_code } });
      expect(inspect(failure)).not.toMatch(/s3cret-t0ken|anna@/);
      expect(log).toBe('');
    });

    it('takes neither a refused login nor a server that is away for the recipient’s failure', async () => {
      server = await MailServer.start(ca);
      for (const url of [`smtp://knogin:sesame@127.0.0.1:${server.port}`, 'smtp://127.0.0.1:1'])
        await expect(mailer(url).sendOnce(mail)).rejects.toMatchObject({ verdict: 'away' });
      expect(log).toBe('');
    });

    it('ends while the server keeps it waiting', async () => {
      server = await MailServer.start(ca, { onMailFrom: () => undefined });
      const sending = mailer(`smtp://127.0.0.1:${server.port}`, { onceMs: 100 }).sendOnce(mail);
      await expect(sending).rejects.toMatchObject({
        verdict: 'away',
        facts: { reason: 'EABORT' },
      });
    });
  });
});
