import { Column, Entity, PrimaryColumn } from 'typeorm';

export type TenantStatus = 'active' | 'suspended';

@Entity('tenant')
export class Tenant {
  /** `ten_…` */
  @PrimaryColumn('text')
  id: string;

  @Column('text')
  slug: string;

  @Column('text')
  name: string;

  @Column('text')
  status: TenantStatus;

  /** Tenant defaults and ceilings of the governance flags; absent flags fall back to the platform's. */
  @Column('jsonb')
  governance: Record<string, unknown>;

  @Column('boolean', { name: 'require_if_match' })
  requireIfMatch: boolean;

  /** Whoever requests a scope may not approve it. */
  @Column('boolean', { name: 'four_eyes' })
  fourEyes: boolean;

  /** How many apps the tenant may have; null: no limit. */
  @Column('integer', { name: 'app_limit', nullable: true })
  appLimit: number | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
