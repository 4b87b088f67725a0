import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BundleFileError, readBundleFolder, shippedBundles } from './bundle-source.js';
import { approveBundle, contentHash } from '../gate/approve-bundle.js';
import { gatewaySchema } from '../schema/gateway-schema.js';

const bundles = shippedBundles().map((source) => ({
  name: `${source.manifest.name}@${source.manifest.version}`,
  source,
}));

describe('shipped bundles', () => {
  it('are the three that the specification names, and what came later', () => {
    const names = bundles.map(({ name, source }) => [name, [...source.documents.keys()].sort()]);
    expect(Object.fromEntries(names)).toMatchObject({
      'connection-check@1.0.0': ['ConnectionCheck'],
      'incident-lifecycle@1.0.0': [
        'AddIncidentNote',
        'CloseIncident',
        'CreateIncident',
        'GetIncident',
        'ListIncidents',
        'UpdateIncident',
      ],
      'incident-webhook-configuration@1.0.0': [
        'CreateWebhook',
        'DeleteWebhook',
        'GetWebhook',
        'ListWebhookDeliveries',
        'ListWebhookEventTypes',
        'ListWebhooks',
        'TestWebhook',
        'UpdateWebhook',
      ],
    });
  });

  it.each(bundles)('[G26] $name passes the gate against today’s schema', ({ source }) => {
    const approval = approveBundle(
      () => ({ kind: 'local', schema: gatewaySchema().schema }),
      source,
    );
    expect(approval).toMatchObject({ ok: true });
  });

  it('need the scopes of what they touch', () => {
    const scopes = bundles.flatMap(({ source }) => {
      const approval = approveBundle(
        () => ({ kind: 'local', schema: gatewaySchema().schema }),
        source,
      );
      return approval.ok
        ? approval.operations.map((operation) => [operation.name, ...operation.requiredScopes])
        : [];
    });
    expect(scopes).toContainEqual(['ConnectionCheck']);
    expect(scopes).toContainEqual(['ListIncidents', 'incidents:read']);
    expect(scopes).toContainEqual(['CloseIncident', 'incidents:write']);
    expect(scopes).toContainEqual(['ListWebhookDeliveries', 'webhooks:read']);
    expect(scopes).toContainEqual(['CreateWebhook', 'webhooks:write']);
  });
});

describe('contentHash', () => {
  it('changes with a document and with a rule, not with the order of members', () => {
    const source = bundles.find(({ name }) => name.startsWith('incident-lifecycle'))?.source;
    if (!source) throw new Error('no bundle');
    const { manifest, documents } = source;
    const get = manifest.operations['GetIncident'];
    if (!get) throw new Error('no operation');
    const reversed = Object.fromEntries(Object.entries(get.variable_rules).reverse());
    const withRules = (variable_rules: typeof get.variable_rules): string => {
      const operations = { ...manifest.operations, GetIncident: { ...get, variable_rules } };
      return contentHash({ manifest: { ...manifest, operations }, documents });
    };
    const text = new Map([
      ...documents,
      ['GetIncident', 'query GetIncident { viewer { clientId } }'],
    ]);
    expect(withRules(reversed)).toBe(contentHash(source));
    expect(withRules({ ...get.variable_rules, id: { maxLength: 41 } })).not.toBe(
      contentHash(source),
    );
    expect(contentHash({ manifest, documents: text })).not.toBe(contentHash(source));
  });
});

describe('readBundleFolder', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'knogin-bundle-'));
  const manifest = bundles.find(({ name }) => name.startsWith('connection-check'))?.source.manifest;
  const write = (name: string, text: string): void => writeFileSync(path.join(folder, name), text);
  afterAll(() => rmSync(folder, { recursive: true }));

  it('names what is wrong in one sentence', () => {
    const said = (): string => {
      try {
        readBundleFolder(folder);
        return 'nothing';
      } catch (error) {
        expect(error).toBeInstanceOf(BundleFileError);
        return (error as Error).message.replaceAll(folder, '');
      }
    };
    expect(said()).toBe('/bundle.json cannot be read.');
    write('bundle.json', '{');
    expect(said()).toBe('/bundle.json is no JSON.');
    write('bundle.json', JSON.stringify({ ...manifest, version: '1' }));
    expect(said()).toContain('/bundle.json: version ');
    write('bundle.json', JSON.stringify(manifest));
    expect(said()).toBe('No .graphql file in  defines ConnectionCheck.');
    write('a.graphql', 'query ConnectionCheck { viewer { clientId } }');
    expect(said()).toBe('nothing');
    write('b.graphql', 'query Other { viewer { clientId } }');
    expect(said()).toBe('bundle.json says nothing of Other.');
    write('b.graphql', 'query ConnectionCheck { viewer { clientId } }');
    expect(said()).toBe('b.graphql defines ConnectionCheck a second time.');
  });
});
