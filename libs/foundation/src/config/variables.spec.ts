import { z } from 'zod';
import { parseEnvironment } from './parse-environment.js';
import { dnsServersVariable, issuerVariable } from './variables.js';

const schema = z.object({ AUTH_ISSUER: issuerVariable });
const parse = (text: string): string => parseEnvironment(schema, { AUTH_ISSUER: text }).AUTH_ISSUER;

describe('an issuer', () => {
  it.each([
    'https://auth.knogin.com',
    'https://auth.knogin.com:8443/tenants',
    'http://localhost:3001',
    'http://127.0.0.1:3001',
    'http://[::1]:3001',
  ])('may be %s', (text) => {
    expect(parse(text)).toBe(text);
  });

  it.each([
    ['http://auth.knogin.com', 'must be https'],
    ['http://127.0.0.1.evil.example', 'must be https'],
    ['http://10.0.0.1:3001', 'must be https'],
    ['http://localhost@auth.knogin.com', 'must be https'],
    ['https://anna@auth.knogin.com', 'no user name'],
    ['https://auth.knogin.com?', 'neither query nor fragment'],
    ['https://auth.knogin.com?tenant=a', 'neither query nor fragment'],
    ['https://auth.knogin.com#a', 'neither query nor fragment'],
    ['https://auth.knogin.com/', 'slash at the end'],
    ['auth.knogin.com', 'AUTH_ISSUER is not usable'],
    ['ftp://auth.knogin.com', 'AUTH_ISSUER is not usable'],
  ])('is not %s', (text, reason) => {
    expect(() => parse(text)).toThrow(reason);
  });

  it.each([
    ['9.9.9.9, 127.0.0.1:53,[2620:fe::fe]:53,::1', 4],
    ['nope', undefined],
    ['9.9.9.9,dns.example', undefined],
  ])('knows addresses of DNS servers: %s', (text, count) => {
    expect(dnsServersVariable.safeParse(text).data?.length).toBe(count);
  });
});
