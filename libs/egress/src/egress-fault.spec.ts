import { EgressFault, toConnectFault, toFault, type EgressErrorClass } from './egress-fault.js';

function errorWith(code: string): Error {
  return Object.assign(new Error('for our eyes only 10.0.0.1:5432'), { code });
}

describe('toFault', () => {
  it.each<[EgressErrorClass, string]>([
    ['connection_refused', 'ECONNREFUSED'],
    ['connection_refused', 'EHOSTUNREACH'],
    ['connection_refused', 'ENETUNREACH'],
    ['connection_reset', 'ECONNRESET'],
    ['connection_reset', 'EPIPE'],
    ['connection_reset', 'UND_ERR_SOCKET'],
    ['connection_reset', 'SOMETHING_NEW'],
    ['response_too_large', 'UND_ERR_HEADERS_OVERFLOW'],
    ['tls_error', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'],
  ])('is %s for %s', (errorClass, code) => {
    expect(toFault(errorWith(code))).toMatchObject({ errorClass, code });
  });

  it('is the fault itself', () => {
    const fault = new EgressFault('timeout', 'TIMEOUT');
    expect(toFault(fault)).toBe(fault);
    expect(toConnectFault(fault, 'tls')).toBe(fault);
  });

  it.each(['EMFILE', 'ENOMEM', 'EADDRNOTAVAIL', 'UND_ERR_INVALID_ARG'])(
    'blames no receiver for %s',
    (code) => {
      expect(toFault(errorWith(code))).toBeNull();
      expect(toConnectFault(errorWith(code), 'tls')).toBeNull();
    },
  );

  it.each([new TypeError('a mistake of ours'), null, undefined, 'text'])(
    'blames no receiver for %s',
    (error) => expect(toFault(error)).toBeNull(),
  );

  it('blames a host that is reached over IPv6 alone where this machine has no such address', () => {
    const error = (address: string): Error =>
      Object.assign(errorWith('EADDRNOTAVAIL'), { address });
    expect(toConnectFault(error('2001:db8::1'), 'tcp')).toMatchObject({
      errorClass: 'connection_refused',
    });
    expect(toConnectFault(error('192.0.2.1'), 'tcp')).toBeNull();
  });

  it('[W43] repeats no text of the runtime', () => {
    expect(toFault(errorWith('ECONNREFUSED'))?.message).not.toContain('10.0.0.1');
  });
});

describe('toConnectFault', () => {
  it.each<[EgressErrorClass, string, 'tcp' | 'tls']>([
    ['connection_refused', 'ECONNREFUSED', 'tcp'],
    ['connect_timeout', 'ETIMEDOUT', 'tcp'],
    ['connect_timeout', 'ETIMEDOUT', 'tls'],
    ['connection_reset', 'ECONNRESET', 'tcp'],
    ['connection_reset', 'ECONNRESET', 'tls'],
    ['tls_error', 'CERT_HAS_EXPIRED', 'tls'],
    ['tls_error', 'EPROTO', 'tls'],
  ])('is %s for %s during %s', (errorClass, code, phase) => {
    expect(toConnectFault(errorWith(code), phase)).toMatchObject({ errorClass, code });
  });

  it('is tls_error for an error of OpenSSL without a code', () => {
    expect(toConnectFault(new Error('ssl'), 'tls')).toMatchObject({ errorClass: 'tls_error' });
    expect(toConnectFault(new Error('ours'), 'tcp')).toBeNull();
  });
});
