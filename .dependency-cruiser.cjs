// The direction of ARCHITECTURE.md, "One direction". `scripts/test/dependency-canary.spec.ts` plants violations
// and expects each to be found: without enhancedResolveOptions no #libs import would be resolved at all.
const features = {
  jwks: [],
  mail: [],
  identity: [],
  accounts: ['identity', 'mail'],
  oauth: ['accounts', 'identity', 'jwks'],
  webhooks: ['identity', 'mail'],
  bundles: ['identity'],
};
const middle = ['guards', 'entities', 'events', 'queues', 'egress', 'operations'];
const specs = '(\\.(spec|int-spec|e2e-spec)\\.ts$|/test/)';
const module_ = (app) => `^apps/${app}/src/modules/`;

const featureRules = Object.entries(features).map(([feature, allowed]) => ({
  name: `feature-${feature}`,
  comment: `${feature} may import only ${allowed.join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: `${module_('auth-service')}${feature}/`, pathNot: specs },
  to: {
    path: module_('auth-service'),
    pathNot: `${module_('auth-service')}(${[feature, ...allowed].join('|')})/`,
  },
}));

const featureDoorRules = ['auth-service', 'api-gateway'].map((app) => ({
  name: `feature-door-${app}`,
  comment: 'another feature is imported only through its index.ts',
  severity: 'error',
  from: { path: `${module_(app)}([^/]+)/`, pathNot: specs },
  to: {
    path: `${module_(app)}[^/]+/.+`,
    pathNot: [`${module_(app)}$1/`, `${module_(app)}[^/]+/index\\.ts$`],
  },
}));

const libRules = middle.map((lib) => ({
  name: `lib-${lib}`,
  comment:
    'the libs of the middle row do not import each other, but for events, which imports entities',
  severity: 'error',
  from: { path: `^libs/${lib}/`, pathNot: specs },
  to: {
    path: '^libs/',
    pathNot: `^libs/(${[lib, 'foundation', ...(lib === 'events' ? ['entities'] : [])].join('|')})/`,
  },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: { pathNot: specs }, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'apps-apart',
      comment: 'the apps do not import each other',
      severity: 'error',
      from: { path: '^apps/([^/]+)/src/' },
      to: { path: '^apps/[^/]+/', pathNot: '^apps/$1/' },
    },
    {
      name: 'nothing-points-up',
      comment: 'libs never import apps or scripts',
      severity: 'error',
      from: { path: '^libs/(?!testing/)' },
      to: { path: '^(apps|scripts|bench)/' },
    },
    {
      name: 'foundation-is-the-ground',
      severity: 'error',
      from: { path: '^libs/foundation/', pathNot: specs },
      to: { path: '^libs/', pathNot: '^libs/foundation/' },
    },
    {
      name: 'libs-by-their-door',
      comment: 'a lib is imported as #libs/<name>',
      severity: 'error',
      from: { path: '^(apps|libs/([^/]+))/', pathNot: specs },
      to: { path: '^libs/[^/]+/', pathNot: ['^libs/$2/', '^libs/[^/]+/src/index\\.ts$'] },
    },
    {
      name: 'testing-for-specs',
      comment: 'only specs import #libs/testing',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: [specs, '^libs/testing/'] },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^(apps/[^/]+/src|libs/(?!testing))', pathNot: specs },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    ...libRules,
    ...featureRules,
    ...featureDoorRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'require', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
