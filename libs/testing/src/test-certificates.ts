import {
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
  type KeyPairKeyObjectResult,
} from 'node:crypto';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

const SECONDS_PER_DAY = 86_400;

export interface IssueOptions {
  /** DNS names and IP addresses. */
  readonly hosts: readonly string[];
  /** When it was issued, in days relative to now. */
  readonly fromDays?: number;
  readonly untilDays?: number;
}

/** PEM, as node:tls takes it. */
export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
}

/** A certificate authority for one test run: P-256, nothing on disk, no openssl. */
export class TestCa {
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly #name = distinguishedName('Knogin test CA');
  /** The root certificate, PEM. */
  readonly cert: string;

  constructor() {
    this.cert = this.#certify(this.#name, this.#keys.publicKey, -1, 1, [
      extension('2.5.29.19', sequence(boolean(true)), true), // basicConstraints: CA
    ]);
  }

  issue(options: IssueOptions): TestCertificate {
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return this.#forHosts(distinguishedName('Knogin test receiver'), keys, options);
  }

  /** Names its hosts and signs itself, as a careless receiver's does. */
  selfSigned(options: IssueOptions): TestCertificate {
    return this.#forHosts(this.#name, this.#keys, options);
  }

  #forHosts(
    subject: Buffer,
    { publicKey, privateKey }: KeyPairKeyObjectResult,
    { hosts, fromDays = -1, untilDays = 1 }: IssueOptions,
  ): TestCertificate {
    const cert = this.#certify(subject, publicKey, fromDays, untilDays, [
      extension('2.5.29.17', sequence(...hosts.map(alternativeName))), // subjectAltName
    ]);
    return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  }

  /** RFC 5280 section 4.1. */
  #certify(
    subject: Buffer,
    publicKey: KeyObject,
    fromDays: number,
    untilDays: number,
    extensions: readonly Buffer[],
  ): string {
    const algorithm = sequence(objectId('1.2.840.10045.4.3.2')); // ecdsa-with-SHA256
    const signed = sequence(
      tagged(0xa0, integer(Buffer.of(2))), // version 3
      integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
      algorithm,
      this.#name,
      sequence(time(fromDays), time(untilDays)),
      subject,
      publicKey.export({ type: 'spki', format: 'der' }),
      tagged(0xa3, sequence(...extensions)),
    );
    const signature = sign('sha256', signed, this.#keys.privateKey);
    return toPem(sequence(signed, algorithm, bitString(signature)));
  }
}

function distinguishedName(commonName: string): Buffer {
  const attribute = sequence(objectId('2.5.4.3'), tagged(0x0c, Buffer.from(commonName)));
  return sequence(tagged(0x31, attribute));
}

function alternativeName(host: string): Buffer {
  return isIP(host) === 0
    ? tagged(0x82, Buffer.from(host))
    : tagged(0x87, Buffer.from(ipaddr.parse(host).toByteArray()));
}

function extension(id: string, value: Buffer, isCritical = false): Buffer {
  return sequence(objectId(id), ...(isCritical ? [boolean(true)] : []), tagged(0x04, value));
}

function time(daysFromNow: number): Buffer {
  const at = new Date(Date.now() + daysFromNow * SECONDS_PER_DAY * 1000);
  const digits = at.toISOString().replace(/[-:T]|\.\d+/g, ''); // 20260323120000Z
  return tagged(0x18, Buffer.from(digits));
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

// DER, as far as a certificate needs it (X.690 section 8).

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes);
}

function boolean(value: boolean): Buffer {
  return tagged(0x01, Buffer.of(value ? 0xff : 0));
}

function bitString(bytes: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.of(0), bytes]));
}

function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}
