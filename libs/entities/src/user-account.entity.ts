import { Column, Entity, PrimaryColumn } from 'typeorm';

export type UserRole = 'owner' | 'admin' | 'member';
export type UserStatus = 'invited' | 'active' | 'suspended';

@Entity('user_account')
export class UserAccount {
  /** `usr_…` */
  @PrimaryColumn('text')
  id: string;

  @Column('text', { name: 'tenant_id' })
  tenantId: string;

  /** As the person wrote it. */
  @Column('text')
  email: string;

  /** Lower case: unique in the tenant. */
  @Column('text', { name: 'email_key' })
  emailKey: string;

  @Column('text', { name: 'display_name' })
  displayName: string;

  @Column('text')
  role: UserRole;

  @Column('text')
  status: UserStatus;

  @Column('text', { name: 'password_hash', nullable: true })
  passwordHash: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
