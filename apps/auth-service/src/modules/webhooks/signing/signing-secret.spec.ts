import { inspect } from 'node:util';
import fc from 'fast-check';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { SigningSecret } from './signing-secret.js';

const base64 = (bytes: number): string => Buffer.alloc(bytes, 'key').toString('base64');
const nowSeconds = Math.floor(Date.now() / 1000);

function parse(text: string): SigningSecret {
  const secret = SigningSecret.parse(text);
  if (secret === null) throw new Error('the secret was refused');
  return secret;
}

describe('SigningSecret.parse', () => {
  it.each([
    ['whsec', `whsec_${base64(24)}`],
    ['whsec', `whsec_${base64(32)}`],
    ['whsec', `whsec_${base64(64)}`],
    ['raw', 'correct horse battery staple'],
    ['raw', 'p-assword_p-assword_p-ass'],
    ['raw', '~'.repeat(128)],
    ['raw', 'a'.repeat(31)], // 23 bytes if it were base64
    ['ambiguous', 'a'.repeat(32)],
    ['ambiguous', base64(24)],
    ['ambiguous', base64(25)],
    ['ambiguous', base64(32).replace('=', '')],
    ['ambiguous', '0123456789abcdef0123456789abcdef'],
  ])('[W30] reads as %s: %s', (format, text) => {
    expect(parse(text).format).toBe(format);
    expect(parse(text).reveal()).toBe(text);
  });

  it.each([
    ['empty', ''],
    ['short', 'a'.repeat(23)],
    ['long', '-'.repeat(129)],
    ['not ASCII', 'ü'.repeat(24)],
    ['not printable', `${'a-'.repeat(12)}\n`],
    ['prefixed, not base64', `whsec_${'*'.repeat(32)}`],
    ['prefixed, base64url', `whsec_${'_-'.repeat(16)}`],
    ['prefixed, unpadded', `whsec_${base64(25).replaceAll('=', '')}`],
    ['prefixed, 23 bytes', `whsec_${base64(23)}`],
    ['prefixed, 65 bytes', `whsec_${base64(65)}`],
    ['prefix only', 'whsec_'],
  ])('[W30] refuses what is %s', (_, text) => {
    expect(SigningSecret.parse(text)).toBeNull();
  });
});

describe('SigningSecret', () => {
  it('generates secrets of its own, all different', () => {
    const [one, two] = [SigningSecret.generate(), SigningSecret.generate()];
    expect(parse(one.reveal()).format).toBe('whsec');
    expect(one.equals(two)).toBe(false);
    expect(Buffer.from(one.reveal().slice(6), 'base64')).toHaveLength(32);
  });

  it('knows a secret it already is', () => {
    const secret = parse('correct horse battery staple');
    expect(secret.equals(parse('correct horse battery staple'))).toBe(true);
    expect(secret.equals(parse('correct horse battery stapler'))).toBe(false);
  });

  it('hints at its last four characters and shows no more', () => {
    const secret = parse('correct horse battery staple');
    expect(secret.hint).toBe('aple');
    for (const shown of [JSON.stringify(secret), inspect(secret)]) {
      expect(shown).not.toContain('horse');
    }
  });

  it('[W29] signs in base64 with the decoded key and seconds', () => {
    // The example of the Standard Webhooks specification.
    const secret = parse('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    const message = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampSeconds: 1614265330,
      body: Buffer.from('{"test": 2432232314}'),
    };
    expect(secret.sign(message)).toEqual(['v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=']);
  });

  it('[W30] signs twice where the secret can be read twice', () => {
    const secret = parse(base64(32));
    const message = { id: 'evt_1', timestampSeconds: 1, body: Buffer.from('{}') };
    const [decoded, raw, ...others] = secret.sign(message);
    expect([decoded]).toEqual(parse(`whsec_${base64(32)}`).sign(message));
    expect(raw).not.toBe(decoded);
    expect(others).toEqual([]);
  });

  const libraries = [
    ['standardwebhooks', StandardWebhook],
    ['svix', SvixWebhook],
  ] as const;
  describe.each(libraries)('verified by %s', (_, Webhook) => {
    const body = Buffer.from('{"name":"Grüße 🚒"}');

    function verify(text: string, format?: 'raw'): void {
      const message = { id: 'evt_1', timestampSeconds: nowSeconds, body };
      new Webhook(text, format === undefined ? {} : { format }).verify(body.toString(), {
        'webhook-id': 'evt_1',
        'webhook-timestamp': String(nowSeconds),
        'webhook-signature': parse(text).sign(message).join(' '),
      });
    }

    it('[W28][W29] with the prefix', () => {
      verify(`whsec_${base64(24)}`);
      verify(SigningSecret.generate().reveal());
    });

    it('[W30] without it, in raw mode', () => {
      verify('correct horse battery staple', 'raw');
    });

    it('[W30] as bare base64, in either mode', () => {
      verify(base64(32));
      verify(base64(32), 'raw');
    });

    it('[W30] whatever a tenant brings: in raw mode, and in the other wherever the library takes it', () => {
      const printable = fc.string({ unit: 'grapheme-ascii', minLength: 24, maxLength: 128 });
      const alphanumeric = fc.stringMatching(/^[A-Za-z0-9+/]{32,128}$/);
      fc.assert(
        fc.property(fc.oneof(printable, alphanumeric), (text) => {
          fc.pre(!text.startsWith('whsec_'));
          verify(text, 'raw');
          if (parse(text).format === 'ambiguous') verify(text);
        }),
      );
    });
  });
});
