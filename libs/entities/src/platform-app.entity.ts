import { Column, Entity, PrimaryColumn } from 'typeorm';

export type AppStatus = 'active' | 'suspended';
export type ApplicationType = 'web' | 'native';
/** Every way to get a token: what apps register, governance allows and the metadata names. */
export const GRANT_TYPES = ['authorization_code', 'client_credentials', 'refresh_token'] as const;
export type GrantType = (typeof GRANT_TYPES)[number];
export type ClientAuthMethod =
  'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none';

/** An integration app: the OAuth client (RFC 6749 section 2). */
@Entity('platform_app')
export class PlatformApp {
  /** `app_…`, the client_id. */
  @PrimaryColumn('text')
  id: string;

  @Column('text', { name: 'tenant_id' })
  tenantId: string;

  @Column('text')
  name: string;

  @Column('text')
  status: AppStatus;

  @Column('text', { name: 'application_type' })
  applicationType: ApplicationType;

  /** Null: both secret methods are accepted. */
  @Column('text', { name: 'token_endpoint_auth_method', nullable: true })
  tokenEndpointAuthMethod: ClientAuthMethod | null;

  @Column('text', { name: 'grant_types', array: true })
  grantTypes: GrantType[];

  /** Byte for byte as registered. */
  @Column('text', { name: 'redirect_uris', array: true })
  redirectUris: string[];

  @Column('text', { name: 'requested_scopes', array: true })
  requestedScopes: string[];

  @Column('text', { name: 'approved_scopes', array: true })
  approvedScopes: string[];

  /** Only the flags the app sets itself; the effective policy is computed. */
  @Column('jsonb')
  governance: Record<string, unknown>;

  /** Public keys of `private_key_jwt` (RFC 7517). */
  @Column('jsonb', { nullable: true })
  jwks: { keys: Record<string, unknown>[] } | null;

  @Column('text', { array: true })
  contacts: string[];

  @Column('text', { name: 'policy_uri', nullable: true })
  policyUri: string | null;

  @Column('boolean', { name: 'first_party' })
  firstParty: boolean;

  /** Counts changes; the ETag. */
  @Column('integer')
  version: number;

  @Column('text', { name: 'created_by' })
  createdBy: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt: Date | null;
}
