import { AppError } from '#libs/foundation';
import { type CanActivate, Injectable } from '@nestjs/common';
import { ReportKeys } from './report-keys.js';

/** Where no partner is configured there is no such route: the constant 404, whatever the body. */
@Injectable()
export class LeakReportsGuard implements CanActivate {
  constructor(private readonly keys: ReportKeys) {}

  canActivate(): boolean {
    if (!this.keys.isConfigured) throw new AppError('not_found');
    return true;
  }
}
