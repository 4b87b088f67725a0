import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Database } from '#libs/foundation';
import { type ApiAnswer, type ApiClient, FixedClock } from '#libs/testing';
import { AuthConfig } from '../../src/config.js';
import { describeFailure, parseCommandLine } from '../../src/modules/ops/cli/run-cli.js';
import { type CliCommand, cliCommands } from '../../src/modules/ops/index.js';
import { AuthApp } from '../support/auth-app.js';

const base = {
  name: 'erp',
  kind: 'graphql',
  base_url: 'https://erp.example/graphql',
  schema_sdl: 'type Query { orders: [String!]! @listSize(max: 10) }',
  auth_mode: 'service',
  credential: 'first-token',
};

describe('a change of an upstream', () => {
  const clock = new FixedClock();
  let auth: AuthApp;
  let ada: ApiClient;
  let id: string;

  beforeAll(async () => {
    auth = await AuthApp.start({ clock });
    ada = await auth.asOperator('ada');
  });
  beforeEach(async () => {
    await auth.get(Database).execute('DELETE FROM upstream');
    id = (await ada.post('/v1/upstreams', { body: base })).body.id;
  });
  afterAll(() => auth.stop());

  const patch = (body: object, of = id): Promise<ApiAnswer> =>
    ada.patch(`/v1/upstreams/${of}`, { body });
  async function stored(): Promise<{ credential: string | null; updated_at: Date }> {
    const [row] = await auth.get(Database).query<{
      credential: Buffer | null;
      updated_at: Date;
    }>('SELECT credential, updated_at FROM upstream WHERE id = $1', [id]);
    if (!row) throw new Error('the upstream is gone');
    const open = (box: Buffer): string =>
      auth.get(AuthConfig).secretBox.open(box, `upstream:${id}`).toString();
    return { ...row, credential: row.credential && open(row.credential) };
  }
  const audited = (): Promise<Record<string, unknown>[]> =>
    auth
      .get(Database)
      .query(
        `SELECT actor_id, before, after FROM audit_log WHERE action = 'upstream.updated' AND target_id = $1 ORDER BY seq`,
        [id],
      );

  it('changes what is named and keeps the rest, and the audit log tells both', async () => {
    const { body: before } = await ada.get('/v1/upstreams');
    const limits = { timeout_ms: 500, breaker_failures: 2, max_response_bytes: 4_096 };
    const { status, body } = await patch({ ...limits, base_url: 'https://erp.example/v2' });
    expect(status).toBe(200);
    const after = { ...before.upstreams[0], ...limits, base_url: 'https://erp.example/v2' };
    expect(body).toEqual(after);
    expect((await ada.get('/v1/upstreams')).body.upstreams).toEqual([after]);
    expect((await stored()).credential).toBe('first-token');
    expect(await audited()).toEqual([{ actor_id: 'opr:ada', before: before.upstreams[0], after }]);
  });

  it('rotates the credential: sealed, told nowhere, audited as changed', async () => {
    const { status, text } = await patch({ credential: 'second-token' });
    expect(status).toBe(200);
    expect((await stored()).credential).toBe('second-token');
    const entries = await audited();
    expect(entries).toMatchObject([{ after: { auth_mode: 'service', credential_changed: true } }]);
    for (const told of [text, JSON.stringify(entries), auth.log()])
      expect(told).not.toContain('second-token');
  });

  it('takes the credential away for null, and takes one on', async () => {
    expect((await patch({ credential: null })).body.auth_mode).toBe('none');
    expect((await stored()).credential).toBeNull();
    expect((await patch({ credential: 'third-token' })).body.auth_mode).toBe('service');
    expect((await stored()).credential).toBe('third-token');
  });

  it('takes no credential to another origin', async () => {
    const elsewhere = { base_url: 'https://other.example/graphql' };
    const { status, body } = await patch(elsewhere);
    expect([status, body.errors[0].pointer]).toEqual([422, '/credential']);
    expect((await patch({ ...elsewhere, credential: 'theirs' })).status).toBe(200);
    expect((await stored()).credential).toBe('theirs');
    expect((await patch({ base_url: base.base_url, credential: null })).status).toBe(200);
    expect((await patch(elsewhere)).status).toBe(200);
  });

  it('refuses what the gateway would not connect to, counting the blocks that stand', async () => {
    const inside = { base_url: 'http://10.1.2.3/graphql', credential: null };
    const refused = await patch(inside);
    expect([refused.status, refused.body.errors[0].pointer]).toEqual([422, '/base_url']);
    const { status, body } = await patch({ ...inside, allow_cidrs: ['::ffff:10.1.0.0/112'] });
    expect([status, body.allow_cidrs]).toEqual([200, ['10.1.0.0/16']]);
    expect((await patch({ allow_cidrs: [] })).status).toBe(422);
    expect((await patch({ base_url: 'http://10.1.2.4/graphql' })).status).toBe(200);
  });

  it.each([
    { name: 'crm' },
    { kind: 'http' },
    { schema_sdl: 'type Query { a: Int }' },
    { timeout_ms: 0 },
    { credential: '' },
    { base_url: 'ftp://erp.example' },
  ])('refuses %j', async (body) => {
    expect((await patch(body)).status).toBe(422);
    expect(await audited()).toEqual([]);
  });

  it('writes nothing where nothing changes, so that no gateway opens connections anew', async () => {
    const { updated_at: before } = await stored();
    clock.advance(1_000);
    for (const body of [{}, { timeout_ms: 3_000 }, { base_url: base.base_url }])
      expect((await patch(body)).status).toBe(200);
    expect((await stored()).updated_at).toEqual(before);
    expect(await audited()).toEqual([]);
  });

  it('answers 404 for one that does not exist', async () => {
    for (const body of [{ timeout_ms: 1 }, { base_url: base.base_url }])
      expect((await patch(body, 'ups_none')).status).toBe(404);
  });

  describe('on the command line', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'knogin-upstream-'));
    const file = path.join(folder, 'token');
    afterAll(() => rmSync(folder, { recursive: true }));

    async function cli(...words: string[]): Promise<unknown> {
      const commands = cliCommands.map((type) => auth.get<CliCommand>(type));
      const { command, options } = parseCommandLine(commands, words);
      const request = { id: 'cli', ip: '', userAgent: '' };
      return command.run(options, { kind: 'cli', name: 'root', request });
    }
    const update = (...words: string[]): Promise<unknown> =>
      cli('upstreams', 'update', '--name', 'erp', ...words).catch(describeFailure);

    it('is made with options, the credential in a file', async () => {
      writeFileSync(file, 'from-a-file\n');
      const changed = await update('--timeout-ms', '900', '--credential-file', file, '--as', 'bob');
      expect(changed).toEqual({ id, base_url: base.base_url, auth_mode: 'service' });
      expect((await stored()).credential).toBe('from-a-file');
      expect(await audited()).toMatchObject([{ actor_id: 'opr:bob', after: { timeout_ms: 900 } }]);
      expect(await cli('upstreams', 'list')).toEqual({
        erp: {
          id,
          kind: 'graphql',
          base_url: base.base_url,
          auth_mode: 'service',
          timeout_ms: 900,
        },
      });
    });

    it('says which option is wrong', async () => {
      expect(await update('--timeout-ms', 'soon')).toMatch(/^--timeout-ms is not valid: /);
      writeFileSync(file, '\n');
      expect(await update('--credential-file', file)).toMatch(/^--credential-file is not valid: /);
      expect(await update('--allow-cidrs', '10.0.0.0/8,x')).toMatch(/^--allow-cidrs is not valid/);
      expect(await update('--base-url', 'https://other.example')).toContain('Another origin');
      const stranger = cli('upstreams', 'update', '--name', 'crm');
      await expect(stranger).rejects.toThrow('There is no upstream named crm.');
      expect(await audited()).toEqual([]);
    });
  });
});
