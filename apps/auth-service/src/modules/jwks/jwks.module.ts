import { VerificationKeys } from '#libs/guards';
import { Module } from '@nestjs/common';
import { DatabaseClock } from './database-clock.js';
import { JwksHandler } from './jwks.handler.js';
import { KeyRing } from './key-ring.js';
import { KeyRotation } from './key-rotation.js';

@Module({
  providers: [
    DatabaseClock,
    JwksHandler,
    KeyRing,
    KeyRotation,
    { provide: VerificationKeys, useExisting: KeyRing },
  ],
  exports: [JwksHandler, KeyRing, KeyRotation, VerificationKeys],
})
export class JwksModule {}
