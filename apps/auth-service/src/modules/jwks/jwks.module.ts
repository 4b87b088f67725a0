import { VerificationKeys } from '#libs/guards';
import { Module } from '@nestjs/common';
import { JwksHandler } from './jwks.handler.js';
import { KeyRing } from './key-ring.js';

@Module({
  providers: [JwksHandler, KeyRing, { provide: VerificationKeys, useExisting: KeyRing }],
  exports: [JwksHandler, KeyRing, VerificationKeys],
})
export class JwksModule {}
