import { AppError, Public } from '#libs/foundation';
import { Controller, Get, Header, Param } from '@nestjs/common';
import type { TenantSigningJwk } from '../signing/tenant-signing-key.js';
import { TenantSigningKeys } from './tenant-signing-keys.js';

/** The keys that verify a tenant's `v1a` signatures. Never in the JWKS of tokens. */
@Public()
@Controller('/.well-known/webhook-jwks')
export class WebhookJwksController {
  constructor(private readonly keys: TenantSigningKeys) {}

  @Get(':file')
  @Header('Cache-Control', 'public, max-age=300')
  @Header('Access-Control-Allow-Origin', '*')
  async list(@Param('file') file: string): Promise<{ keys: TenantSigningJwk[] }> {
    if (!file.endsWith('.json')) throw new AppError('not_found');
    return this.keys.jwks(file.slice(0, -'.json'.length));
  }
}
