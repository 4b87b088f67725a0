import { GatewayApp, type Partner } from './support/gateway-app.js';
import { documents } from './support/shipped-documents.js';

const secret = 'whsec_SUPERSECRET';

describe('variables', () => {
  let gateway: GatewayApp;
  let partner: Partner;
  beforeAll(async () => {
    gateway = await GatewayApp.start();
    partner = await gateway.createPartner(['webhooks:write', 'incidents:read', 'incidents:write']);
    await gateway.grant(partner, 'incident-webhook-configuration');
    await gateway.grant(partner, 'incident-lifecycle');
  });
  beforeEach(() => gateway.clock.advance(20_000));
  afterAll(() => gateway.stop());

  async function refused(operation: string, variables: unknown): Promise<unknown> {
    const call = { query: documents.get(operation), variables };
    const { status, body, text } = await gateway.call(partner, call);
    expect(text).not.toContain(secret);
    for (const leak of ['Did you mean', 'String', 'Input!', 'type "', 'locations', 'got invalid']) {
      expect(text).not.toContain(leak);
    }
    expect(body).not.toHaveProperty('data');
    const { code, variable, rule } = body.errors[0].extensions;
    return [status, code, variable, rule];
  }

  it('[G4] names path and rule, and never repeats what was sent, nor writes it to the log', async () => {
    const input = { url: 'https://integrator.example/', events: ['incident.updated'], secret };
    const cases: [unknown, string, string][] = [
      [{ input: { ...input, url: undefined } }, 'input.url', 'required'],
      [{ input: { ...input, enabled: secret } }, 'input.enabled', 'type'],
      [{ input: { ...input, evnts: [secret] } }, 'input', 'forbid'],
      [{ input: { ...input, url: secret } }, 'input.url', 'type'],
      [{ input: { ...input, events: secret } }, 'input.events[]', 'type'],
      [{ input: { ...input, secret: secret.repeat(20) } }, 'input.secret', 'maxLength'],
      [{ input: secret }, 'input', 'type'],
    ];
    for (const [variables, path, rule] of cases) {
      expect(await refused('CreateWebhook', variables)).toEqual([
        400,
        'BAD_USER_INPUT',
        path,
        rule,
      ]);
    }
    expect(await refused('CreateIncident', { input: { title: secret, severity: 'HIHG' } })).toEqual(
      [400, 'BAD_USER_INPUT', 'input.severity', 'type'],
    );
    expect(gateway.log()).not.toContain(secret);
    expect(gateway.auth.log()).not.toContain(secret);
  });

  it.each<[unknown, string | null, string]>([
    [{ nope: 1 }, null, 'unknownVariable'],
    [{ first: 1e9 }, 'first', 'max'],
    [{ first: -1 }, 'first', 'min'],
    [{ first: 0 }, 'first', 'min'],
    [{ first: null }, 'first', 'required'],
    [{ first: '10' }, 'first', 'type'],
    [{ filter: { status: Array<number>(10_000).fill(0) } }, null, 'limits'],
    [{ filter: { status: ['OPEN', 'OPEN', 'OPEN', 'OPEN', 'OPEN'] } }, 'filter.status', 'maxItems'],
  ])('[G14] refuses variables by rule: %#', async (variables, path, rule) => {
    expect(await refused('ListIncidents', variables)).toEqual([400, 'BAD_USER_INPUT', path, rule]);
  });

  it('[G14] refuses JSON of depth fifty and members that stand twice', async () => {
    let deep: unknown = 1;
    for (let level = 0; level < 50; level += 1) deep = { a: deep };
    expect(await refused('ListIncidents', { filter: deep })).toEqual([
      400,
      'BAD_USER_INPUT',
      null,
      'limits',
    ]);
    const query = JSON.stringify(documents.get('ListIncidents'));
    const twice = `{"query":${query},"variables":{"first":1,"first":100}}`;
    expect((await gateway.call(partner, twice)).status).toBe(400);
  });

  it('[G14] debits the pages that are asked for', async () => {
    const points = async (first: number | undefined): Promise<number> => {
      gateway.clock.advance(20_000);
      const call = { query: documents.get('ListIncidents'), variables: { first } };
      const { headers } = await gateway.call(partner, call);
      return 1_000 - Number(/r=(\d+)/.exec(String(headers['ratelimit']))?.[1]);
    };
    expect(await points(1)).toBe(1 + 1 + 1);
    expect(await points(100)).toBe(1 + 100 + 1);
    expect(await points(undefined)).toBe(1 + 20 + 1);
  });
});
