import type { GatewayApp } from './gateway-app.js';

const title = { de: 'Bündel', en: 'Bundle' };

/** Leads version 1.0.0 of a bundle to its approval; the gateway must have been started with BUNDLE_APPROVALS=1. */
export async function publishBundle(
  gateway: GatewayApp,
  name: string,
  operations: Readonly<Record<string, { document: string; settings: object }>>,
): Promise<void> {
  const entries = Object.entries(operations);
  const manifest = {
    name,
    version: '1.0.0',
    title,
    changelog: 'First.',
    workflow: {
      key: name,
      title,
      description: title,
      owner_team: 'integrations',
      data_classification: 'internal',
    },
    operations: Object.fromEntries(entries.map(([key, { settings }]) => [key, settings])),
  };
  const documents = Object.fromEntries(entries.map(([key, { document }]) => [key, document]));
  const ada = await gateway.auth.asOperator('ada');
  const created = await ada.post('/v1/bundles', { body: { manifest, documents } });
  expect([created.status, created.body.errors]).toEqual([201, undefined]);
  const at = `/v1/bundles/${name}/versions/1.0.0`;
  await ada.post(`${at}/submit`);
  const bob = await gateway.auth.asOperator('bob');
  expect((await bob.post(`${at}/approve`)).body.status).toBe('approved');
}
