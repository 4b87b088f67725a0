import { Injectable } from '@nestjs/common';
import { NoticeMail } from './notice-mail.js';
import { Partitions } from './partitions.js';
import { Retention } from './retention.js';
import { TenantLoad } from './tenant-load.js';

/** What has to be done every minute, by one process of all. */
@Injectable()
export class Maintenance {
  constructor(
    private readonly partitions: Partitions,
    private readonly retention: Retention,
    private readonly load: TenantLoad,
    private readonly mail: NoticeMail,
  ) {}

  async runOnce(): Promise<void> {
    await this.partitions.ensure();
    await this.load.runOnce();
    await this.retention.runOnce();
    await this.mail.sendDue();
  }
}
