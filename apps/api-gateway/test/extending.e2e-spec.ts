import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { packageRoot } from '#libs/operations';
import {
  cliAdministrator,
  parseCommandLine,
} from '../../auth-service/src/modules/ops/cli/run-cli.js';
import { type CliCommand, cliCommands } from '../../auth-service/src/modules/ops/index.js';
import { GatewayApp } from './support/gateway-app.js';

const page = readFileSync(path.join(packageRoot(), 'docs/extending.md'), 'utf8');

/** The fenced blocks of a section, in their order: language and text. */
function blocksOf(heading: string): { language: string; text: string }[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language = '', text = '']) => ({
    language,
    text: text.replaceAll('\\\n', ' '),
  }));
}

/** A command line as a shell splits it; single and double quotes alone. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
}

/** docs/extending.md as a developer follows it, command by command. */
describe('the page on extending', () => {
  let gateway: GatewayApp;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'knogin-extending-'));
  beforeAll(async () => {
    gateway = await GatewayApp.start({ environment: { BUNDLE_APPROVALS: '1' } });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await gateway.stop();
  });

  async function cli(line: string, values: Readonly<Record<string, string>>): Promise<object> {
    const commands = cliCommands.map((type) => gateway.auth.get<CliCommand>(type));
    const given = words(line.slice('npm run --silent cli -- '.length));
    const { command, options } = parseCommandLine(
      commands,
      given.map((word) => values[word] ?? word),
    );
    return command.run(options, cliAdministrator());
  }

  it('leads to an operation that the app may run', async () => {
    const partner = await gateway.createPartner(['incidents:read']);
    const [document, manifest, commands] = blocksOf('An approved GraphQL operation');
    expect([document?.language, manifest?.language, commands?.language]).toEqual([
      'graphql',
      'json',
      'sh',
    ]);
    writeFileSync(path.join(folder, 'open-incidents.graphql'), document?.text ?? '');
    writeFileSync(path.join(folder, 'bundle.json'), manifest?.text ?? '');
    const values = { './open-incidents': folder, 'app_…': partner.clientId };
    for (const line of commands?.text.trim().split('\n') ?? []) await cli(line, values);
    await gateway.refresh();
    const named = /\{"documentId": "[^"]+"\}/.exec(page)?.[0] ?? '';
    for (const body of [named, { query: document?.text }]) {
      const { status, body: answer } = await gateway.call(partner, body);
      expect([status, answer]).toEqual([200, { data: { incidents: { nodes: [] } } }]);
    }
  });

  it('leads to an event type that can be published', async () => {
    const [put, publish] = blocksOf('An event type');
    const given = words(put?.text ?? '');
    const route = given.find((word) => word.startsWith('$OPERATOR_URL'))?.slice(13) ?? '';
    const operator = await gateway.auth.asOperator('ada');
    const { status } = await operator.put(route, {
      body: JSON.parse(given.at(-1) ?? '') as object,
    });
    expect(status).toBe(200);
    const tenant = await gateway.auth.createTenant();
    expect(await cli(publish?.text.trim() ?? '', { demo: tenant.slug })).toMatchObject({
      id: expect.stringMatching(/^evt_/),
      duplicate: false,
    });
  });

  it('names a way to write the schema anew that a test has', () => {
    const [command] = blocksOf('An approved GraphQL operation').slice(-1);
    const spec = readFileSync(path.join(__dirname, 'published-schema.spec.ts'), 'utf8');
    expect(spec).toContain(command?.text.trim());
  });
});
