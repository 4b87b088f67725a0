import { EgressPolicy } from '../src/index.js';
import { ALLOWED, EgressFixture, FORBIDDEN } from './egress-fixture.js';

describe('EgressClient.checkDestination', () => {
  let fixture: EgressFixture;

  beforeEach(async () => {
    fixture = await EgressFixture.start();
  });

  afterEach(() => fixture.close());

  it('accepts a name with permitted addresses, and tells the URL to store', async () => {
    const check = await fixture.client().checkDestination('http://HOOK.example/a');
    expect(check).toMatchObject({ ok: true, target: { href: 'http://hook.example/a' } });
  });

  it('refuses a URL by rule before it asks anyone', async () => {
    const policy = new EgressPolicy({ allowHttp: false, allowCidrs: [] });
    const check = await fixture.client({ policy }).checkDestination('http://hook.example/');
    expect(check).toEqual({ ok: false, reason: 'scheme' });
    expect(fixture.dns.queries).toEqual([]);
  });

  it.each([[[FORBIDDEN]], [[ALLOWED, FORBIDDEN]], [['169.254.169.254']], [['::1']]])(
    'refuses a name that resolves to %j',
    async (answers) => {
      fixture.dns.answer('hook.example', answers);
      const check = await fixture.client().checkDestination('http://hook.example/');
      expect(check).toEqual({ ok: false, reason: 'blocked_address' });
    },
  );

  it.each(['NXDOMAIN', 'SERVFAIL', 'silence'] as const)(
    'accepts on %s: the receiver may be deployed later',
    async (answer) => {
      fixture.dns.answer('hook.example', answer);
      const client = fixture.client({ limits: { checkTimeoutMs: 50 } });
      expect(await client.checkDestination('http://hook.example/')).toMatchObject({ ok: true });
    },
  );

  it('accepts a listed address and no other', async () => {
    const client = fixture.client();
    expect(await client.checkDestination(`http://${ALLOWED}/`)).toMatchObject({ ok: true });
    expect(await client.checkDestination(`http://${FORBIDDEN}/`)).toEqual({
      ok: false,
      reason: 'ip_literal',
    });
  });
});
