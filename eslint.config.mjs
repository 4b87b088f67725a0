import tseslint from 'typescript-eslint';

const egressOnly = [
  {
    name: 'undici',
    message:
      'Outbound HTTP goes through #libs/egress (tenant-chosen addresses) or TrustedOriginClient in #libs/foundation.',
  },
];
const httpRequest = [
  { object: 'http', property: 'request' },
  { object: 'https', property: 'request' },
  { object: 'http', property: 'get' },
  { object: 'https', property: 'get' },
].map((entry) => ({ ...entry, message: 'Outbound HTTP goes through #libs/egress.' }));

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.data/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 300 }],
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a const union (STYLE.md, Types).' },
        { selector: 'ExportDefaultDeclaration', message: 'No default exports (STYLE.md, Types).' },
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'Only config.ts reads the environment.',
        },
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: 'Inject Clock.',
        },
        {
          selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
          message: 'Randomness comes from node:crypto.',
        },
      ],
      'no-restricted-imports': ['error', { paths: egressOnly }],
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: 'Use #libs/egress or TrustedOriginClient.' },
      ],
      'no-restricted-properties': ['error', ...httpRequest],
    },
  },
  {
    files: ['libs/egress/src/**', 'libs/foundation/src/http/trusted-origin-client.ts'],
    rules: { 'no-restricted-imports': 'off', 'no-restricted-properties': 'off' },
  },
  {
    files: [
      '**/config.ts',
      '**/cli.main.ts',
      'libs/testing/**',
      '**/test/**',
      '**/*.spec.ts',
      '**/*.int-spec.ts',
      '**/*.e2e-spec.ts',
      'scripts/**',
      'bench/**',
      'jest.config.ts',
    ],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a const union (STYLE.md, Types).' },
      ],
    },
  },
  {
    files: [
      'libs/testing/**',
      '**/test/**',
      '**/*.spec.ts',
      '**/*.int-spec.ts',
      '**/*.e2e-spec.ts',
      'scripts/**',
      'bench/**',
    ],
    rules: {
      'no-console': 'off',
      'no-restricted-imports': 'off',
      'no-restricted-properties': 'off',
      'no-restricted-globals': 'off',
      'max-lines': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  { files: ['**/*.mjs', '**/*.cjs'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    rules: { 'no-console': 'off', 'no-restricted-syntax': 'off' },
  },
);
