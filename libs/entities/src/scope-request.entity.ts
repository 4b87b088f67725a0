import { Column, Entity, PrimaryColumn } from 'typeorm';

export type ScopeRequestStatus = 'pending' | 'approved' | 'denied';

/** Someone asks for more scopes for an app; someone else decides. */
@Entity('scope_request')
export class ScopeRequest {
  /** `scr_…` */
  @PrimaryColumn('text')
  id: string;

  @Column('text', { name: 'app_id' })
  appId: string;

  @Column('text', { name: 'tenant_id' })
  tenantId: string;

  @Column('text', { array: true })
  scopes: string[];

  @Column('text')
  justification: string;

  @Column('text')
  status: ScopeRequestStatus;

  @Column('text', { name: 'requested_by' })
  requestedBy: string;

  @Column('text', { name: 'decided_by', nullable: true })
  decidedBy: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'decided_at', nullable: true })
  decidedAt: Date | null;
}
