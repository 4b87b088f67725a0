import { Injectable } from '@nestjs/common';
import { Partitions } from './partitions.js';

/** What has to be done every minute, by one process of all. */
@Injectable()
export class Maintenance {
  constructor(private readonly partitions: Partitions) {}

  async runOnce(): Promise<void> {
    await this.partitions.ensure();
  }
}
