import { Drain, Ids, LOGGER, type Logger } from '#libs/foundation';
import { MailFailure, Mailer } from '../../src/modules/mail/index.js';
import { Maintenance } from '../../src/modules/webhooks/worker/maintenance.js';
import { NoticeMail } from '../../src/modules/webhooks/worker/notice-mail.js';
import { type AppUnderTest, WebhookFixture } from './webhook-fixture.js';

const minuteMs = 60_000;
const [anna, bert, cleo] = ['anna@acme.example', 'bert@acme.example', 'cleo@acme.example'];

/** A mail server: who was tried, and what becomes of each. */
class FakeMailer extends Mailer {
  readonly tried: string[] = [];
  answer: (to: string) => MailFailure['verdict'] | 'sent' | Promise<never> = () => 'sent';

  override send = (mail: { to: string }): Promise<void> => this.sendOnce(mail);

  override sendOnce = async ({ to }: { to: string }): Promise<void> => {
    this.tried.push(to);
    const verdict = await this.answer(to);
    const facts = { reason: 'EENVELOPE', response_code: 550, command: 'RCPT TO' };
    if (verdict !== 'sent') throw new MailFailure(verdict, facts);
  };
}

describe('mail about a webhook', () => {
  let fixture: WebhookFixture;
  let app: AppUnderTest;
  let mailer: FakeMailer;
  let notices: NoticeMail;
  let stop: AbortController;

  beforeEach(async () => {
    fixture = await WebhookFixture.start();
    app = await fixture.createApp();
    mailer = new FakeMailer();
    notices = newProcess();
    stop = new AbortController();
  });

  afterEach(() => fixture.stop());

  const newProcess = (): NoticeMail =>
    new NoticeMail(
      fixture.database,
      mailer,
      fixture.app.get(Ids),
      fixture.clock,
      fixture.app.http.app.get<Logger>(LOGGER, { strict: false }),
    );
  const write = async (...contacts: string[]): Promise<void> => {
    await fixture.database.execute('UPDATE platform_app SET contacts = $2 WHERE id = $1', [
      app.id,
      contacts,
    ]);
    const notice = { tenantId: app.tenant.id, appId: app.id, subject: 'News', text: 'Look' };
    await notices.write(fixture.database, notice);
  };
  const rounds = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      await notices.sendDue(stop.signal);
      fixture.clock.advance(10 * minuteMs);
    }
  };
  const kept = () => fixture.database.query('SELECT FROM webhook_notice_mail');

  it.each([
    ['first', [bert, anna]],
    ['last', [anna, bert]],
  ])('is told once to everybody but a mailbox that is gone, which stands %s', async (_, to) => {
    mailer.answer = (address) => (address === bert ? 'refused' : 'sent');
    await write(...to);
    await rounds(3);
    expect(mailer.tried).toEqual(to);
    expect(await kept()).toEqual([]);
    const log = fixture.app.log();
    expect(log).toMatch(/"level":"warn".*"response_code":550.*"notice refused"/);
    expect(log).not.toContain(bert);
  });

  it('is tried again for those alone who could not be told, until the third day', async () => {
    mailer.answer = (address) => (address === bert ? 'deferred' : 'sent');
    await write(anna, bert, cleo);
    await rounds(2);
    expect(mailer.tried).toEqual([anna, bert, cleo, bert]);
    await rounds(3 * 144);
    expect(mailer.tried.filter((to) => to !== bert)).toEqual([anna, cleo]);
    expect(await kept()).toEqual([]);
    expect(fixture.app.log().split('notice given up')).toHaveLength(2);
  });

  it('is sent twice at most to the one over whom a process dies', async () => {
    mailer.answer = (address) => (address === bert ? new Promise<never>(() => undefined) : 'sent');
    await write(anna, bert, cleo);
    void notices.sendDue(stop.signal);
    while (!mailer.tried.includes(bert)) await new Promise(setImmediate);
    mailer.answer = () => 'sent';
    fixture.clock.advance(10 * minuteMs);
    await newProcess().sendDue(stop.signal);
    expect([...mailer.tried].sort()).toEqual([anna, bert, bert, cleo]);
  });

  it('reaches everybody but the one over whom the server hangs', async () => {
    mailer.answer = (address) => (address === bert ? 'away' : 'sent');
    await write(bert, anna, cleo);
    await rounds(4);
    expect(mailer.tried.filter((to) => to !== bert).sort()).toEqual([anna, cleo]);
  });

  it('ends its round at the first failure of the server, and has the others go when it is back', async () => {
    mailer.answer = () => 'away';
    for (let n = 0; n < 3; n++) await write(anna, cleo);
    await notices.sendDue(stop.signal);
    expect(mailer.tried).toEqual([anna]);
    mailer.answer = () => 'sent';
    await notices.sendDue(stop.signal);
    expect(mailer.tried.slice(1)).toEqual([anna, cleo, anna, cleo]);
    await rounds(2);
    expect(mailer.tried.filter((to) => to === cleo)).toHaveLength(3);
    expect(await kept()).toEqual([]);
  });

  it('ends its round between two recipients where the process stops', async () => {
    mailer.answer = () => {
      stop.abort();
      return 'sent';
    };
    await write(anna, cleo);
    await write(anna, cleo);
    await notices.sendDue(stop.signal);
    expect(mailer.tried).toEqual([anna]);
    expect(await kept()).toHaveLength(2);
  });
});

describe('a worker whose mail server does not answer', () => {
  it('goes on with its maintenance, and stops after the one try that is under way', async () => {
    const intervals = jest.spyOn(globalThis, 'setInterval');
    const fixture = await WebhookFixture.start({ environment: { WORKER_ROLE: 'all' } });
    const { id, tenant } = await fixture.createApp();
    await fixture.database.execute('UPDATE platform_app SET contacts = $2 WHERE id = $1', [
      id,
      [anna, bert],
    ]);
    const mailer = new FakeMailer();
    const held = Promise.withResolvers<never>();
    mailer.answer = () => held.promise;
    const { send, sendOnce } = mailer;
    Object.assign(fixture.app.get(Mailer), { send, sendOnce });
    const notice = { tenantId: tenant.id, appId: id, subject: 'News', text: 'Look' };
    await fixture.app.get(NoticeMail).write(fixture.database, notice);
    for (const [begin, ms = 0] of intervals.mock.calls) if (ms >= minuteMs) begin();
    intervals.mockRestore();
    while (mailer.tried.length === 0) await new Promise(setImmediate);

    await fixture.app.get(Maintenance).runOnce();
    expect(mailer.tried).toEqual([anna]);
    let stopped = false;
    const stopping = fixture.app
      .get(Drain)
      .stopWork()
      .then(() => (stopped = true));
    await fixture.database.query('SELECT');
    expect(stopped).toBe(false);
    held.reject(new Error('the server has let go'));
    await stopping;
    expect(mailer.tried).toEqual([anna]);
    await fixture.stop();
  });
});
