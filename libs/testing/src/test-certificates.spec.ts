import { X509Certificate } from 'node:crypto';
import { TestCa } from './test-certificates.js';

describe('TestCa', () => {
  const ca = new TestCa();
  const root = new X509Certificate(ca.cert);

  it('is an authority that signs itself', () => {
    expect(root.ca).toBe(true);
    expect(root.checkIssued(root)).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
  });

  it('issues for names and addresses', () => {
    const leaf = new X509Certificate(ca.issue({ hosts: ['a.example', '127.0.0.1', '::1'] }).cert);
    expect(leaf.ca).toBe(false);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.subjectAltName).toBe(
      'DNS:a.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
  });

  it('issues what has expired', () => {
    const leaf = new X509Certificate(
      ca.issue({ hosts: ['a.example'], untilDays: -1, fromDays: -2 }).cert,
    );
    expect(leaf.validToDate.getTime()).toBeLessThan(Date.now());
  });
});
