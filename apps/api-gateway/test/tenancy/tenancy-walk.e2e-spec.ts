import { decodeId, encodeId } from '#libs/foundation';
import { shippedBundles } from '#libs/operations';
import type { ApiAnswer } from '#libs/testing';
import { GatewayApp, type Partner } from '../support/gateway-app.js';

/** What the owner has, or the same with ids that never were. */
interface Objects {
  incident: string;
  webhook: string;
}

interface Visit {
  variables: (objects: Objects) => object;
  /** What a stranger finds; operations that name no object are only searched for what is the owner's. */
  data?: object;
}

const notFound = [expect.objectContaining({ code: 'NOT_FOUND' })];
const noRows = { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };

/** Every shipped operation with variables that its owner gets an answer for. */
const visits: Record<string, Visit> = {
  ConnectionCheck: { variables: () => ({}) },
  GetIncident: { variables: ({ incident }) => ({ id: incident }), data: { incident: null } },
  ListIncidents: {
    variables: () => ({ filter: { externalRef: 'owned' } }),
    data: { incidents: noRows },
  },
  CreateIncident: { variables: () => ({ input: { title: 'another', severity: 'LOW' } }) },
  UpdateIncident: {
    variables: ({ incident }) => ({ input: { id: incident, title: 'changed' } }),
    data: { updateIncident: { incident: null, userErrors: notFound } },
  },
  AddIncidentNote: {
    variables: ({ incident }) => ({ input: { id: incident, text: 'changed' } }),
    data: { addIncidentNote: { incident: null, userErrors: notFound } },
  },
  CloseIncident: {
    variables: ({ incident }) => ({ input: { id: incident } }),
    data: { closeIncident: { incident: null, userErrors: notFound } },
  },
  ListWebhookEventTypes: { variables: () => ({}) },
  GetWebhook: { variables: ({ webhook }) => ({ id: webhook }), data: { webhook: null } },
  ListWebhooks: { variables: () => ({}), data: { webhooks: noRows } },
  ListWebhookDeliveries: {
    variables: ({ webhook }) => ({ id: webhook }),
    data: { webhook: null },
  },
  TestWebhook: {
    variables: ({ webhook }) => ({ input: { id: webhook } }),
    data: { testWebhook: { deliveryId: null, status: null, userErrors: notFound } },
  },
  UpdateWebhook: {
    variables: ({ webhook }) => ({ input: { id: webhook, description: 'changed' } }),
    data: { updateWebhook: { webhook: null, userErrors: notFound } },
  },
  DeleteWebhook: {
    variables: ({ webhook }) => ({ input: { id: webhook } }),
    data: { deleteWebhook: { deletedId: null, userErrors: notFound } },
  },
  // After the lists, which are to be empty.
  CreateWebhook: {
    variables: () => ({
      input: {
        url: 'https://receiver.example/another',
        events: ['incident.updated'],
        secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
      },
    }),
  },
};

const bundles = shippedBundles();
const documents = new Map(bundles.flatMap((source) => [...source.documents]));
const scopes = ['incidents:read', 'incidents:write', 'webhooks:read', 'webhooks:write'];

describe('a second tenant’s token on everything that the gateway runs [O43] [O44]', () => {
  let gateway: GatewayApp;
  let owner: Partner;
  let stranger: Partner;
  let objects: Objects;

  beforeAll(async () => {
    gateway = await GatewayApp.start({
      environment: { RATE_LIMIT_SCALE: '0' },
      gatewayEnvironment: { RATE_LIMIT_SCALE: '0' },
    });
    owner = await holder();
    stranger = await holder();
    const { createIncident } = await data(owner, 'CreateIncident', {
      input: { title: 'owned', severity: 'HIGH', externalRef: 'owned' },
    });
    const { createWebhook } = await data(
      owner,
      'CreateWebhook',
      visits['CreateWebhook']?.variables({ incident: '', webhook: '' }) ?? {},
    );
    objects = { incident: createIncident.incident.id, webhook: createWebhook.webhook.id };
  });
  afterAll(() => gateway.stop());

  /** An app of a tenant of its own that holds every shipped bundle. */
  async function holder(): Promise<Partner> {
    const partner = await gateway.createPartner(scopes);
    for (const { manifest } of bundles) await gateway.grant(partner, manifest.name);
    return partner;
  }

  function run(as: Partner, name: string, variables: object): Promise<ApiAnswer> {
    return gateway.call(as, { query: documents.get(name), variables });
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are read member by member
  async function data(as: Partner, name: string, variables: object): Promise<any> {
    const { status, body } = await run(as, name, variables);
    expect([name, status, body.errors]).toEqual([name, 200, undefined]);
    return body.data;
  }

  it('covers every route that authenticates: `/graphql` is the only one', () => {
    // The pipeline of a hot route authenticates by itself, so whatever takes a body counts as well.
    const walked = gateway.http.routes
      .list()
      .filter(({ access, method }) =>
        access.kind === 'public'
          ? !['GET', 'HEAD', 'OPTIONS'].includes(method)
          : access.kind === 'authenticated',
      )
      .map(({ method, path }) => `${method} ${path}`);
    expect(walked).toEqual(['POST /graphql']);
  });

  it('covers every shipped operation', () => {
    expect(Object.keys(visits).toSorted()).toEqual([...documents.keys()].toSorted());
  });

  it('finds nothing wherever an operation names an object, the same as for one that never was', async () => {
    const missing: Objects = {
      incident: neighbour('inc', objects.incident),
      webhook: neighbour('wh', objects.webhook),
    };
    for (const [name, { variables, data: expected }] of Object.entries(visits)) {
      if (!expected) continue;
      const foreign = await data(stranger, name, variables(objects));
      expect([name, foreign]).toEqual([name, expected]);
      expect([name, foreign]).toEqual([name, await data(stranger, name, variables(missing))]);
    }
  });

  it('sees not one foreign row anywhere', async () => {
    const owned = [owner.tenant.id, owner.clientId, objects.incident, objects.webhook];
    for (const [name, { variables }] of Object.entries(visits)) {
      const { text } = await run(stranger, name, variables(objects));
      for (const id of owned) expect([name, text.includes(id)]).toEqual([name, false]);
    }
  });

  it('is refused where it names the owner’s tenant in the header', async () => {
    for (const [name, { variables }] of Object.entries(visits)) {
      const body = { query: documents.get(name), variables: variables(objects) };
      const { status } = await gateway.call(stranger, body, { tenantId: owner.tenant.id });
      expect([name, status]).toEqual([name, 403]);
    }
  });

  it('has changed nothing', async () => {
    const { incident } = await data(owner, 'GetIncident', { id: objects.incident });
    expect(incident).toMatchObject({ title: 'owned', status: 'OPEN', version: 1 });
    const { webhook } = await data(owner, 'GetWebhook', { id: objects.webhook });
    expect(webhook).toMatchObject({ description: null, enabled: true });
    const deliveries = await data(owner, 'ListWebhookDeliveries', { id: objects.webhook });
    expect(deliveries.webhook.deliveries.nodes).toEqual([]);
  });

  it('is not refused for want of an object: its owner gets what every operation names', async () => {
    const lists = { ListIncidents: objects.incident, ListWebhooks: objects.webhook };
    for (const [name, id] of Object.entries(lists)) {
      const found = await data(owner, name, visits[name]?.variables(objects) ?? {});
      expect(JSON.stringify(found)).toContain(id);
    }
    for (const [name, { variables }] of Object.entries(visits)) {
      const [answer] = Object.values<object | null>(await data(owner, name, variables(objects)));
      expect([name, answer]).not.toEqual([name, null]);
      if (answer && 'userErrors' in answer) expect([name, answer.userErrors]).toEqual([name, []]);
    }
  });
});

/** A well-formed id that nobody has. */
function neighbour(prefix: 'inc' | 'wh', id: string): string {
  const uuid = decodeId(prefix, id);
  if (uuid === undefined) throw new Error(`${id} is no ${prefix}_ id`);
  return encodeId(prefix, `${uuid.slice(0, -4)}0000`);
}
