// The same data for every contender: who calls, and a hundred incidents in memory.
const { clientId, tenantId, scopes } = JSON.parse(process.env.BENCH_CALLER ?? '{"scopes":[]}');

export const caller = { clientId, tenantId, subject: clientId, scopes: new Set(scopes) };

const day = 86_400_000;

export const incidents = {
  nodes: Array.from({ length: 100 }, (_, index) => ({
    id: `inc_${String(index).padStart(26, '0')}`,
    reference: `INC-${index}`,
    title: `Pump ${index} is silent`,
    description: index % 3 === 0 ? null : 'No heartbeat since noon; the neighbours still answer.',
    status: 'open',
    severity: 'high',
    source: 'scada',
    externalRef: `SAP-${index}`,
    labels: ['pump', 'north', `line-${index % 7}`],
    version: index,
    createdAt: new Date(day * (20_000 + index)),
    updatedAt: new Date(day * (20_001 + index)),
    closedAt: null,
    closeReason: null,
  })),
  pageInfo: { hasNextPage: true, endCursor: '1700000000000.inc_00000000000000000000000099' },
};
