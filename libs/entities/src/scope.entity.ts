import { Column, Entity, PrimaryColumn } from 'typeorm';

export type ScopeResource = 'auth' | 'api';
export type ScopeSensitivity = 'normal' | 'sensitive' | 'admin';
export type ScopeApproval = 'auto' | 'tenant_admin' | 'knogin_review';
export type ScopeGrantee = 'client_credentials' | 'authorization_code';

@Entity('scope')
export class Scope {
  @PrimaryColumn('text')
  name: string;

  @Column('text', { name: 'description_en' })
  descriptionEn: string;

  @Column('text', { name: 'description_de' })
  descriptionDe: string;

  /** `auth` and `api` stand for the configured issuer and gateway resource. */
  @Column('text', { array: true })
  resources: ScopeResource[];

  @Column('text')
  sensitivity: ScopeSensitivity;

  @Column('text')
  approval: ScopeApproval;

  /** Empty: first-party clients only. */
  @Column('text', { name: 'grantable_to', array: true })
  grantableTo: ScopeGrantee[];

  /** Tenants that see the scope; null: all. */
  @Column('text', { name: 'published_to', array: true, nullable: true })
  publishedTo: string[] | null;

  @Column('boolean')
  deprecated: boolean;
}
