import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Database } from '#libs/foundation';
import { shippedBundles } from '#libs/operations';
import type { ApiClient } from '#libs/testing';
import { buildSchema } from 'graphql';
import { ShippedBundles } from '../../src/modules/bundles/registry/shipped-bundles.js';
import type { CliResult } from '../../src/modules/ops/cli/cli-command.js';
import {
  describeFailure,
  describeResult,
  parseCommandLine,
} from '../../src/modules/ops/cli/run-cli.js';
import { Schemas } from '../../src/modules/bundles/index.js';
import { type CliCommand, cliCommands } from '../../src/modules/ops/index.js';
import { AuthApp } from '../support/auth-app.js';

const workflow = {
  key: 'ticketing',
  title: { de: 'Tickets', en: 'Tickets' },
  description: { de: 'Tickets lesen.', en: 'Read tickets.' },
  owner_team: 'integrations',
  data_classification: 'internal',
};
const text = 'query Tickets($first: Int! = 5) { incidents(first: $first) { nodes { id title } } }';

function source(version: string, document = text, rules: object = { first: { max: 10 } }): object {
  return {
    manifest: {
      name: 'ticketing',
      version,
      title: { de: 'Tickets', en: 'Tickets' },
      changelog: 'First.',
      workflow,
      operations: { Tickets: { variable_rules: rules } },
    },
    documents: { Tickets: document },
  };
}

describe('bundle registry', () => {
  let auth: AuthApp;
  let ada: ApiClient;
  let bob: ApiClient;
  let eve: ApiClient;
  beforeAll(async () => {
    auth = await AuthApp.start();
    ada = await auth.asOperator('ada');
    bob = await auth.asOperator('bob');
    eve = await auth.asOperator('eve');
  });
  afterAll(() => auth.stop());

  it('knows the shipped bundles, approved by the release', async () => {
    const { body } = await ada.get('/v1/bundles');
    const shipped = body.versions.filter((version: { shipped: boolean }) => version.shipped);
    expect(shipped.map((version: { bundle: string }) => version.bundle)).toEqual(
      shippedBundles().map(({ manifest }) => manifest.name),
    );
    for (const version of shipped) {
      expect(version).toMatchObject({ status: 'approved', approved_by: ['release'] });
    }
  });

  it('registers them once, and refuses a released version that has changed', async () => {
    const shipped = auth.get(ShippedBundles);
    await Promise.all([shipped.register(shippedBundles()), shipped.register(shippedBundles())]);
    const [first] = shippedBundles();
    if (!first) throw new Error('no bundle');
    const documents = new Map([['ConnectionCheck', 'query ConnectionCheck { viewer { scopes } }']]);
    await expect(shipped.register([{ ...first, documents }])).rejects.toThrow(
      'give it a new version',
    );
  });

  it('leads a version from draft to retirement', async () => {
    const created = await ada.post('/v1/bundles', { body: source('1.0.0') });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      status: 'draft',
      created_by: 'opr:ada',
      version: '1.0.0',
    });
    const at = '/v1/bundles/ticketing/versions/1.0.0';
    expect((await ada.post(`${at}/approve`)).status).toBe(409);
    expect((await ada.post(`${at}/submit`)).body.status).toBe('in_review');

    const self = await ada.post(`${at}/approve`);
    expect([self.status, self.body.code]).toEqual([403, 'self_approval']);
    const first = await bob.post(`${at}/approve`);
    expect(first.body).toMatchObject({ status: 'in_review', approved_by: ['opr:bob'] });
    expect((await bob.post(`${at}/approve`)).status).toBe(409);
    const second = await eve.post(`${at}/approve`);
    expect(second.body).toMatchObject({ status: 'approved', approved_by: ['opr:bob', 'opr:eve'] });
    expect(second.body.schema_hash).toMatch(/^[0-9a-f]{64}$/);

    const detail = await ada.get(at);
    expect(detail.body.operations).toMatchObject([
      { name: 'Tickets', document: text, required_scopes: ['incidents:read'], static_cost: 11 },
    ]);

    const past = { sunset_at: '2020-01-01T00:00:00Z' };
    const over = await bob.post(`${at}/deprecate`, { body: past });
    expect([over.status, over.body.errors[0].pointer]).toEqual([422, '/sunset_at']);
    const sunset = '2027-01-01T00:00:00.000Z';
    const deprecated = await bob.post(`${at}/deprecate`, { body: { sunset_at: sunset } });
    expect(deprecated.body).toMatchObject({ status: 'deprecated', sunset_at: sunset });
    const sooner = { sunset_at: '2026-12-31T00:00:00.000Z' };
    expect((await bob.post(`${at}/deprecate`, { body: sooner })).body).toMatchObject({
      ...sooner,
      deprecated_at: deprecated.body.deprecated_at,
    });
    expect((await bob.post(`${at}/retire`)).body.status).toBe('retired');
    expect((await bob.post(`${at}/retire`)).status).toBe(409);
  });

  it('[G24] refuses what the gate refuses, with every finding', async () => {
    const refused = async (document: string, rules: object = {}): Promise<string[]> => {
      const { status, body } = await ada.post('/v1/bundles', {
        body: source('9.0.0', document, rules),
      });
      expect(status).toBe(422);
      return body.errors.map(
        (error: { pointer: string; code: string }) => `${error.pointer} ${error.code}`,
      );
    };
    expect(await refused('{ viewer { clientId } }')).toEqual([
      '/documents/Tickets anonymous_operation',
    ]);
    expect(await refused('query Tickets { ... on Query { a: __typename } }')).toEqual([
      '/documents/Tickets only_typename',
    ]);
    expect(await refused(text, { first: {} })).toContain('/documents/Tickets unbounded_list');
    expect(await refused(text, {})).toEqual([
      '/manifest/operations/Tickets/variable_rules/first variable_without_rule',
      '/documents/Tickets unbounded_list',
    ]);
    expect(await refused('query Tickets { viewr { clientId } }')).toEqual([
      '/documents/Tickets invalid',
    ]);
    const small = {
      ...source('9.0.0'),
      manifest: {
        ...(source('9.0.0') as { manifest: object }).manifest,
        operations: { Tickets: { variable_rules: { first: { max: 10 } }, required_scopes: [] } },
      },
    };
    const answer = await ada.post('/v1/bundles', { body: small });
    expect(answer.body.errors).toEqual([
      {
        pointer: '/manifest/operations/Tickets/required_scopes',
        code: 'scopes_too_small',
        message: 'the fields also need incidents:read',
      },
    ]);
  });

  it('[G24] tells where in the document each finding is, and names what does not belong together', async () => {
    const wrong =
      'query Tickets($first: Int! = 5) {\n  incidents(first: $first) { nodes { titel } }\n}';
    const { status, body } = await ada.post('/v1/bundles', { body: source('9.0.0', wrong, {}) });
    expect(status).toBe(422);
    expect(body).toMatchObject({
      code: 'validation_failed',
      detail: 'The approval gate refuses the bundle: 3 findings.',
      errors: [
        {
          pointer: '/documents/Tickets',
          code: 'invalid',
          message: 'line 2, column 38: Cannot query field "titel" on type "Incident".',
        },
        { code: 'variable_without_rule' },
        { code: 'unbounded_list', message: expect.stringMatching(/^line 2, column 3: /) },
      ],
    });
    const renamed = await ada.post('/v1/bundles', {
      body: source('9.0.0', text.replace('Tickets', 'Other')),
    });
    expect(renamed.body.errors).toMatchObject([
      { pointer: '/documents/Tickets', code: 'name_mismatch' },
    ]);
    const lost = { ...source('9.0.0'), documents: { Others: text } };
    expect((await ada.post('/v1/bundles', { body: lost })).body.errors).toMatchObject([
      { pointer: '/documents/Tickets', message: expect.stringContaining('document') },
      { pointer: '/manifest/operations/Others', message: expect.stringContaining('manifest') },
    ]);
  });

  it('replaces a draft, and nothing that has left draft', async () => {
    await ada.post('/v1/bundles', { body: source('2.0.0') });
    const again = await bob.post('/v1/bundles', {
      body: source('2.0.0', text.replace('title', 'status')),
    });
    expect(again.body).toMatchObject({ status: 'draft', created_by: 'opr:bob' });
    await bob.post('/v1/bundles/ticketing/versions/2.0.0/submit');
    expect((await bob.post('/v1/bundles', { body: source('2.0.0') })).status).toBe(409);
    const rejected = await ada.post('/v1/bundles/ticketing/versions/2.0.0/reject', {
      body: { reason: 'Not yet.' },
    });
    expect(rejected.body).toMatchObject({ status: 'rejected', reject_reason: 'Not yet.' });
  });

  it('keeps a version immutable below the service too', async () => {
    const write = (sql: string): Promise<number> => auth.get(Database).execute(sql);
    await expect(write(`UPDATE bundle_operation SET document = 'x'`)).rejects.toThrow('immutable');
    await expect(write('DELETE FROM bundle_operation')).rejects.toThrow('immutable');
    await expect(write('UPDATE bundle_operation SET blocked_at = NULL')).resolves.toBeGreaterThan(
      0,
    );
  });

  it('blocks and unblocks one operation', async () => {
    const at = '/v1/bundles/connection-check/versions/1.0.0';
    expect((await ada.post(`${at}/operations/ConnectionCheck/block`)).status).toBe(204);
    expect((await ada.get(at)).body.operations[0].blocked_at).not.toBeNull();
    expect((await ada.post(`${at}/operations/ConnectionCheck/unblock`)).status).toBe(204);
    expect((await ada.post(`${at}/operations/Nothing/block`)).status).toBe(404);
  });

  it('grants, suspends, resumes and revokes', async () => {
    const tenant = await auth.createTenant();
    const app = await tenant.admin.post('/v1/platform/apps', {
      body: {
        name: 'Partner',
        grant_types: ['client_credentials'],
        requested_scopes: ['webhooks:write'],
      },
    });
    const body = { client_id: app.body.client_id, bundle: 'connection-check' };
    const granted = await ada.post('/v1/grants', { body });
    expect(granted.status).toBe(201);
    expect(granted.body).toMatchObject({
      ...body,
      tenant_id: tenant.id,
      version_range: '1.x',
      status: 'active',
      granted_by: 'opr:ada',
    });
    const at = `/v1/grants/${granted.body.id}`;
    expect((await ada.post(`${at}/suspend`)).body.status).toBe('suspended');
    expect((await ada.post(`${at}/suspend`)).body).toMatchObject({
      status: 409,
      detail: 'The grant is suspended; only one that is active can be suspended.',
    });
    expect((await ada.post(`${at}/resume`)).body.status).toBe('active');
    expect((await ada.post(`${at}/revoke`)).body.status).toBe('revoked');
    expect((await ada.post(`${at}/resume`)).status).toBe(409);
    expect((await ada.get(`/v1/grants?client_id=${body.client_id}`)).body.grants).toHaveLength(1);
    for (const wrong of [{ client_id: 'app_1' }, { bundle: 'none' }, { tenant_id: 'ten_1' }]) {
      expect((await ada.post('/v1/grants', { body: { ...body, ...wrong } })).status).toBe(422);
    }
    const until = { ...body, valid_until: '2020-01-01T00:00:00Z' };
    expect((await ada.post('/v1/grants', { body: until })).status).toBe(422);
  });

  it('grants the versions of a bundle once, so that what is revoked is gone', async () => {
    const tenant = await auth.createTenant();
    const app = await tenant.admin.post('/v1/platform/apps', {
      body: {
        name: 'Partner',
        grant_types: ['client_credentials'],
        requested_scopes: ['webhooks:write'],
      },
    });
    const body = { client_id: app.body.client_id, bundle: 'connection-check' };
    const answers = await Promise.all([1, 2].map(() => ada.post('/v1/grants', { body })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    const [first] = answers.filter(({ status }) => status === 201);
    const id = first?.body.id as string;
    const held = { code: 'grant_exists', grant_id: id, detail: expect.stringContaining(id) };
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject(held);
    const narrower = { ...body, version_range: '1.0.0' };
    expect((await ada.post('/v1/grants', { body: narrower })).body).toMatchObject(held);
    await ada.post(`/v1/grants/${id}/suspend`);
    expect((await ada.post('/v1/grants', { body })).body).toMatchObject(held);

    const nextMajor = { ...body, version_range: '2.x' };
    expect((await ada.post('/v1/grants', { body: nextMajor })).status).toBe(201);
    await ada.post(`/v1/grants/${id}/revoke`);
    const limited = { ...body, valid_until: '2027-01-01T00:00:00Z' };
    expect((await ada.post('/v1/grants', { body: limited })).status).toBe(201);
    const after = { ...body, valid_from: '2027-01-01T00:00:00Z' };
    expect((await ada.post('/v1/grants', { body: after })).status).toBe(201);
  });

  it('refuses a grant in a tenant that is not the app’s', async () => {
    const [tenant, other] = [await auth.createTenant(), await auth.createTenant()];
    const app = await tenant.admin.post('/v1/platform/apps', {
      body: {
        name: 'Partner',
        grant_types: ['client_credentials'],
        requested_scopes: ['webhooks:write'],
      },
    });
    const body = { client_id: app.body.client_id, bundle: 'connection-check', tenant_id: other.id };
    const answer = await ada.post('/v1/grants', { body });
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([422, '/tenant_id']);
  });

  it('keeps upstream credentials sealed', async () => {
    const body = {
      name: 'erp',
      kind: 'graphql',
      base_url: 'https://erp.example/graphql',
      schema_sdl: 'type Query { orders: [String!]! @listSize(max: 10) }',
      auth_mode: 'service',
      credential: 'erp-service-token',
    };
    const created = await ada.post('/v1/upstreams', { body });
    expect(created.status).toBe(201);
    expect(created.text).not.toContain('erp-service-token');
    expect((await ada.get('/v1/upstreams')).text).not.toContain('erp-service-token');
    const [row] = await auth
      .get(Database)
      .query<{ credential: Buffer }>('SELECT credential FROM upstream');
    expect(row?.credential.toString('latin1')).not.toContain('erp-service-token');
    expect((await ada.post('/v1/upstreams', { body })).status).toBe(409);
    const noSchema = { ...body, name: 'b', schema_sdl: 'type {' };
    expect((await ada.post('/v1/upstreams', { body: noSchema })).status).toBe(422);
    const walled = { ...body, name: 'd', base_url: 'http://10.1.2.3/graphql' };
    const refused = await ada.post('/v1/upstreams', { body: walled });
    expect([refused.status, refused.body.errors]).toEqual([
      422,
      [
        {
          pointer: '/base_url',
          code: 'ip_literal',
          message: expect.stringContaining('allow_cidrs'),
        },
      ],
    ]);
    const listed = { ...walled, allow_cidrs: ['10.1.0.0/16'] };
    expect((await ada.post('/v1/upstreams', { body: listed })).status).toBe(201);
    const noCredential = { ...body, name: 'c', credential: undefined };
    expect((await ada.post('/v1/upstreams', { body: noCredential })).status).toBe(422);
  });

  it('does not exist on the public listener', async () => {
    for (const route of ['/v1/bundles', '/v1/grants', '/v1/upstreams']) {
      expect((await auth.public.get(route)).status).toBe(404);
    }
  });

  describe('on the command line', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'knogin-bundle-'));
    afterAll(() => rmSync(folder, { recursive: true }));

    async function cli(...words: string[]): Promise<Record<string, unknown>> {
      const commands = cliCommands.map((type) => auth.get<CliCommand>(type));
      const { command, options } = parseCommandLine(commands, words);
      const by = {
        kind: 'cli',
        name: 'root',
        request: { id: 'cli', ip: '', userAgent: '' },
      } as const;
      return command.run(options, by);
    }

    it('creates and lists grants, and says what is wrong with one', async () => {
      const tenant = await auth.createTenant();
      const app = await tenant.admin.post('/v1/platform/apps', {
        body: {
          name: 'Partner',
          grant_types: ['client_credentials'],
          requested_scopes: ['webhooks:write'],
        },
      });
      const id = ['--client-id', app.body.client_id as string];
      const create = [...id, '--bundle', 'connection-check'];
      const wrong = await cli('grants', 'create', ...create, '--range', '^1').catch(
        describeFailure,
      );
      expect(wrong).toBe('Write a version range as 1.x, 1.2.x or 1.2.3.');
      await expect(cli('grants', 'create', ...create, '--valid-until', '2027')).rejects.toThrow(
        '2027-01-31T00:00:00Z',
      );
      const until = ['--valid-until', '2027-01-31T00:00:00Z', '--as', 'ada'];
      const granted = await cli('grants', 'create', ...create, ...until);
      const listed = await cli('grants', 'list', ...id);
      expect(listed).toEqual({
        [granted['id'] as string]: {
          status: 'active',
          client_id: app.body.client_id,
          tenant_id: tenant.id,
          bundle: 'connection-check',
          version_range: '1.x',
          valid_until: '2027-01-31T00:00:00.000Z',
        },
      });
      expect(describeResult(listed as CliResult)).toContain(`active ${app.body.client_id}`);
      const { body } = await ada.get(`/v1/grants?client_id=${app.body.client_id}`);
      expect(body.grants[0].granted_by).toBe('opr:ada');
    });

    it('says first that there is no such command', async () => {
      await expect(cli('grants', 'make')).rejects.toThrow(
        /^There is no command "grants make"\.\nUsage:/,
      );
    });

    it('[G26] imports a folder, takes it through review, and finds what a schema would break', async () => {
      const { manifest } = source('3.0.0') as { manifest: object };
      writeFileSync(path.join(folder, 'bundle.json'), JSON.stringify(manifest));
      writeFileSync(path.join(folder, 'tickets.graphql'), text);
      expect(await cli('bundles', 'import', folder, '--as', 'ada')).toMatchObject({
        bundle: 'ticketing',
        version: '3.0.0',
        status: 'draft',
      });
      const name = ['--bundle', 'ticketing', '--version', '3.0.0'];
      expect(await cli('bundles', 'submit', ...name, '--as', 'ada')).toMatchObject({
        status: 'in_review',
      });
      await expect(cli('bundles', 'approve', ...name, '--as', 'ada')).rejects.toThrow(
        'self_approval',
      );
      await cli('bundles', 'approve', ...name, '--as', 'bob');
      expect(await cli('bundles', 'approve', ...name, '--as', 'eve')).toEqual({
        id: expect.stringMatching(/^bdv_/),
        status: 'approved',
        approved_by: 'opr:bob, opr:eve',
      });
      expect(await cli('bundles', 'list')).toMatchObject({
        'ticketing@3.0.0': 'approved by opr:bob by opr:eve',
      });
      expect(await cli('bundles', 'check')).toEqual({ broken: 0 });
      const schemas = auth.get(Schemas);
      const now = await schemas.load();
      const next = buildSchema('type Query { viewer: String }');
      const load = jest
        .spyOn(schemas, 'load')
        .mockResolvedValue({ ...now, find: () => ({ kind: 'local', schema: next }) });
      await expect(cli('bundles', 'check')).rejects.toThrow(
        /^This schema breaks .*ticketing@3\.0\.0/,
      );
      load.mockRestore();
      const operation = [...name, '--operation', 'Tickets'];
      expect(await cli('bundles', 'block', ...operation)).toEqual({
        operation: 'Tickets',
        blocked: true,
      });
      expect(await cli('bundles', 'usage', ...name)).toEqual({});
      await expect(cli('bundles', 'import')).rejects.toThrow('One <folder> is needed.');
      writeFileSync(path.join(folder, 'tickets.graphql'), text.replace('title', 'titel'));
      const refused = await cli('bundles', 'import', folder).catch(describeFailure);
      expect(refused).toBe(
        'The approval gate refuses the bundle: 1 finding.\n' +
          '  /documents/Tickets: line 1, column 73: Cannot query field "titel" on type "Incident". (invalid)',
      );
    });
  });
});
