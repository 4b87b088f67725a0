import { VerificationKeys } from '#libs/guards';
import { Module } from '@nestjs/common';
import { JwksController } from './jwks.controller.js';
import { KeyRing } from './key-ring.js';

@Module({
  controllers: [JwksController],
  providers: [KeyRing, { provide: VerificationKeys, useExisting: KeyRing }],
  exports: [KeyRing, VerificationKeys],
})
export class JwksModule {}
