import { Column, Entity, PrimaryColumn } from 'typeorm';

export type SigningAlg = 'RS256' | 'ES256' | 'EdDSA';
export type SigningKeyStatus = 'published' | 'active' | 'retiring' | 'removed' | 'revoked';

@Entity('signing_key')
export class SigningKey {
  /** `2026-11-signing-key`, never reused. */
  @PrimaryColumn('text')
  kid: string;

  @Column('text')
  alg: SigningAlg;

  @Column('text')
  status: SigningKeyStatus;

  @Column('jsonb', { name: 'public_jwk' })
  publicJwk: Record<string, string>;

  /** PKCS #8 DER, sealed; null once the key is removed or revoked. */
  @Column('bytea', { name: 'private_sealed', nullable: true })
  privateSealed: Buffer | null;

  @Column('timestamptz', { name: 'published_at' })
  publishedAt: Date;

  @Column('timestamptz', { name: 'usable_from' })
  usableFrom: Date;

  @Column('timestamptz', { name: 'activated_at', nullable: true })
  activatedAt: Date | null;

  @Column('timestamptz', { name: 'retiring_at', nullable: true })
  retiringAt: Date | null;

  @Column('timestamptz', { name: 'remove_at', nullable: true })
  removeAt: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;
}
