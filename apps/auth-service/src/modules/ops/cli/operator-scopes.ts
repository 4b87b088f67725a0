/** The scopes of the operator listener. An operator token of the CLI carries them all. */
export const operatorScopes = [
  'operator:tenants',
  'operator:users',
  'operator:catalogue',
  'operator:events',
  'operator:bundles',
  'operator:grants',
  'operator:audit',
] as const;
