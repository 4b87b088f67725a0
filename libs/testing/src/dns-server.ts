import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

const TYPES = { 1: 'A', 28: 'AAAA' } as const;
const RCODES = { NXDOMAIN: 3, SERVFAIL: 2 } as const;
const QUERY_HEADER_BYTES = 12;

/** Addresses of either family, or how the server fails. `silence`: no answer at all. */
export type DnsAnswer = readonly string[] | keyof typeof RCODES | 'silence';

export interface DnsQuery {
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'other';
}

/** A name server of our own on a free loopback port, TTL 0: for rebinding, several answers, failures and silence. */
export class DnsServer {
  /** Every question asked, in order. */
  readonly queries: DnsQuery[] = [];
  readonly #scripts = new Map<string, DnsAnswer[]>();

  private constructor(private readonly socket: Socket) {
    socket.on('message', (message, peer) => {
      const answer = this.#answer(message);
      if (answer !== null) socket.send(answer, peer.port, peer.address);
    });
  }

  static async start(): Promise<DnsServer> {
    const socket = createSocket('udp4');
    const server = new DnsServer(socket);
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return server;
  }

  /** As `EGRESS_DNS_SERVERS` takes it. */
  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  /** Answers for a name, one after another and the last one for ever. A and AAAA questions go through it each on their own. */
  answer(name: string, ...answers: readonly [DnsAnswer, ...DnsAnswer[]]): void {
    for (const type of Object.values(TYPES)) this.#scripts.set(`${type} ${name}`, [...answers]);
  }

  async close(): Promise<void> {
    this.socket.close();
    await once(this.socket, 'close');
  }

  #answer(message: Buffer): Buffer | null {
    const question = readQuestion(message);
    this.queries.push({ name: question.name, type: question.type });
    const script = this.#scripts.get(`${question.type} ${question.name}`) ?? ['NXDOMAIN' as const];
    const answer = (script.length > 1 ? script.shift() : script[0]) ?? 'NXDOMAIN';
    if (answer === 'silence') return null;
    if (answer === 'NXDOMAIN' || answer === 'SERVFAIL')
      return respond(message, question, RCODES[answer], []);
    const wanted = answer.filter((address) => isIPv6(address) === (question.type === 'AAAA'));
    return respond(message, question, 0, wanted);
  }
}

interface Question extends DnsQuery {
  readonly bytes: Buffer;
}

/** RFC 1035 section 4.1.2. Queries are never compressed. */
function readQuestion(message: Buffer): Question {
  const labels: string[] = [];
  let at = QUERY_HEADER_BYTES;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString('ascii', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = message.readUInt16BE(at + 1);
  return {
    name: labels.join('.').toLowerCase(),
    type: type === 1 || type === 28 ? TYPES[type] : 'other',
    bytes: message.subarray(QUERY_HEADER_BYTES, at + 5),
  };
}

/** RFC 1035 section 4.1.1 and 4.1.3. */
function respond(
  query: Buffer,
  question: Question,
  rcode: number,
  addresses: readonly string[],
): Buffer {
  const header = Buffer.alloc(QUERY_HEADER_BYTES);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | rcode, 2); // a response, recursion desired and available
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  return Buffer.concat([header, question.bytes, ...addresses.map(toRecord)]);
}

function toRecord(address: string): Buffer {
  const data = Buffer.from(ipaddr.parse(address).toByteArray());
  const record = Buffer.alloc(12);
  record.writeUInt16BE(0xc000 | QUERY_HEADER_BYTES, 0); // the name: a pointer to the question
  record.writeUInt16BE(data.length === 4 ? 1 : 28, 2);
  record.writeUInt16BE(1, 4); // class IN; the TTL stays 0
  record.writeUInt16BE(data.length, 10);
  return Buffer.concat([record, data]);
}
