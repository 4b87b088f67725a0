import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A minted service token's record; the JWT itself is told once and not kept. */
@Entity('service_token')
export class ServiceToken {
  /** `stk_…` */
  @PrimaryColumn('text')
  id: string;

  @Column('text', { name: 'app_id' })
  appId: string;

  @Column('text', { name: 'tenant_id' })
  tenantId: string;

  @Column('text')
  jti: string;

  @Column('text', { array: true })
  scopes: string[];

  @Column('text', { nullable: true })
  label: string | null;

  @Column('text', { name: 'created_by' })
  createdBy: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;

  @Column('timestamptz', { name: 'last_used_at', nullable: true })
  lastUsedAt: Date | null;
}
