import crypto from 'node:crypto';
import { Database } from '#libs/foundation';
import { sha256Hex } from '#libs/operations';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { Lexer } from 'graphql';
import * as parser from 'graphql/language/parser.js';
import * as validation from 'graphql/validation/validate.js';
import { Pipeline } from '../src/modules/transport/pipeline.js';
import {
  GatewayApp,
  type GraphQLCall,
  type Partner,
  strangeTenantId,
} from './support/gateway-app.js';
import { documents } from './support/shipped-documents.js';

const held = documents.get('ConnectionCheck') ?? '';
const foreign = documents.get('ListIncidents') ?? '';
const unknown = foreign.replace('ListIncidents', 'ListNothings');

/**
 * Time is work: two refusals that take the same steps, parse and hash as often and ask the database as often cannot be
 * told apart by their duration. `bench/graphql-oracles.ts` measures what is left.
 */
describe('refusals that must not be told apart', () => {
  let gateway: GatewayApp;
  let partner: Partner;
  const work: string[] = [];
  let tokens = 0;
  beforeAll(async () => {
    gateway = await GatewayApp.start({ gatewayEnvironment: { RATE_LIMIT_SCALE: '0' } });
    partner = await gateway.createPartner(['incidents:read']);
    await gateway.grant(partner, 'connection-check');
    // The first request with a token verifies its signature, and notes that it was used.
    await gateway.call(partner, { query: held });
    note(parser, 'parse');
    note(validation, 'validate');
    const { advance } = Lexer.prototype;
    jest.spyOn(Lexer.prototype, 'advance').mockImplementation(function (this: Lexer) {
      tokens += 1;
      return advance.call(this);
    });
    for (const method of ['createHash', 'hash']) {
      // A token is hashed where its connection has not sent it before, whatever it is sent for.
      note(crypto, method, method, (_algorithm, data) => !String(data).includes('\0'));
    }
    for (const step of gateway.get(Pipeline).steps) note(step, 'run', step.name);
    const database = gateway.get(Database);
    // What the gateway reads by itself, every few seconds, goes by `within` and is no work of a request.
    for (const method of ['query', 'execute', 'transaction'] as const) note(database, method);
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await gateway.stop();
  });

  /** Notes each call of the method. */
  function note(
    target: object,
    method: string,
    name = method,
    counts: (...args: unknown[]) => boolean = () => true,
  ): void {
    const original = Reflect.get(target, method) as (...args: unknown[]) => unknown;
    jest.spyOn(target as Record<string, () => unknown>, method).mockImplementation(function (
      this: unknown,
      ...args: unknown[]
    ) {
      if (counts(...args)) work.push(name);
      return original.apply(this, args);
    });
  }
  async function workOf(body: unknown, call: GraphQLCall = {}): Promise<string[]> {
    work.length = 0;
    expect((await gateway.call(partner, body, call)).status).toBe(403);
    return [...work];
  }

  it('[G17] another tenant, whether it exists or not: nothing is looked up', async () => {
    const other = await gateway.auth.createTenant();
    const known = await workOf({ query: held }, { tenantId: other.id });
    expect(known).toEqual(await workOf({ query: held }, { tenantId: strangeTenantId() }));
    expect(known).toEqual(expect.arrayContaining(['transport', 'authenticate', 'tenant']));
    for (const later of ['rate', 'query', 'execute', 'transaction', 'parse']) {
      expect(known).not.toContain(later);
    }
  });

  it.each<[string, unknown, unknown, number]>([
    [
      'an id',
      { documentId: `sha256:${sha256Hex(foreign)}` },
      { documentId: `sha256:${sha256Hex(unknown)}` },
      0,
    ],
    [
      'a name',
      { documentId: 'x-knogin:incident-lifecycle@1.0.0/ListIncidents' },
      { documentId: 'x-knogin:incident-lifecycle@1.0.0/ListNothings' },
      0,
    ],
    ['a text', { query: foreign }, { query: unknown }, 1],
    ['a text spelled anew', { query: `${foreign} # a` }, { query: `${unknown} # a` }, 1],
    ['the same text again', { query: `${foreign} # a` }, { query: `${unknown} # a` }, 1],
  ])(
    '[G17] %s of an operation that others hold, and one that nobody holds',
    async (_name, known, strange, parses) => {
      tokens = 0;
      const one = await workOf(known);
      const tokensOfOne = tokens;
      tokens = 0;
      const two = await workOf(strange);
      expect(one.toSorted()).toEqual(two.toSorted());
      expect(tokensOfOne).toBe(tokens);
      expect(one.filter((name) => name === 'parse')).toHaveLength(parses);
      expect(one).toContain('grant');
      for (const later of ['scope', 'query', 'execute', 'transaction', 'validate']) {
        expect(one).not.toContain(later);
      }
    },
  );

  it.each([
    ['two thousand tokens', `{ ${'a: b '.repeat(670)}`, 400],
    ['more tokens than that', `{ ${'a: b '.repeat(5_000)} }`, 400],
    ['60 KB of braces', '{'.repeat(60_000), 400],
    ['a thousand directives', `{ a ${'@a '.repeat(1_000)} }`, 400],
    ['an unknown operation', unknown, 403],
    ['introspection', '{ __schema { types { name } } }', 403],
    ['a misspelt field', held.replace('clientId', 'clientld'), 403],
  ])(
    '[G23] %s: read once, to two thousand tokens at most, and never validated',
    async (_n, query, status) => {
      tokens = 0;
      work.length = 0;
      expect((await gateway.call(partner, { query })).status).toBe(status);
      expect(tokens).toBeGreaterThan(0);
      expect(tokens).toBeLessThanOrEqual(2_001);
      expect(work.filter((name) => name === 'parse')).toHaveLength(1);
      expect(work).not.toContain('validate');
      expect(work).not.toContain('execute');
    },
  );

  it('[G23] 100 KB of braces: refused by size, before anything is read', async () => {
    work.length = 0;
    expect((await gateway.call(partner, '{'.repeat(100_000))).status).toBe(413);
    expect(work).toEqual(['transport']);
  });

  it('[G23] the counting itself works: a snapshot is validated when it loads', () => {
    work.length = 0;
    validation.validate(gateway.get(GraphQLSchemaHost).schema, parser.parse('{ a }'));
    expect(work).toEqual(['parse', 'validate']);
  });
});
