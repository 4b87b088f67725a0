import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A client secret's digest; the secret itself is told once and not kept. */
@Entity('client_secret')
export class ClientSecret {
  /** `sec_…` */
  @PrimaryColumn('text')
  id: string;

  @Column('text', { name: 'app_id' })
  appId: string;

  @Column('text', { name: 'tenant_id' })
  tenantId: string;

  /** HMAC-SHA-256 under the data key `secret-pepper`. */
  @Column('bytea')
  digest: Buffer;

  /** The last four characters. */
  @Column('text')
  hint: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;

  @Column('timestamptz', { name: 'last_used_at', nullable: true })
  lastUsedAt: Date | null;
}
