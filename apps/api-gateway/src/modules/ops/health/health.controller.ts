import { AppError, Database, Drain, OperatorOpen } from '#libs/foundation';
import { Controller, Get } from '@nestjs/common';
import { SnapshotStore } from '../../bundles/index.js';

const longestSnapshotAgeMs = 300_000;

/** For the machine that keeps the process alive, on the operator listener. */
@OperatorOpen()
@Controller('health')
export class HealthController {
  constructor(
    private readonly database: Database,
    private readonly snapshots: SnapshotStore,
    private readonly drain: Drain,
  ) {}

  /** The process answers. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The process can do its work: it is not on its way out, the database answers, and what may run was read in the last five minutes. */
  @Get('ready')
  async ready(): Promise<{ status: 'ok' }> {
    if (this.drain.started) throw unavailable('The process is stopping.');
    if (this.snapshots.ageMs() > longestSnapshotAgeMs) throw unavailable('The bundles are stale.');
    try {
      await this.database.query('SELECT 1');
    } catch (cause) {
      throw unavailable('The database does not answer.', cause);
    }
    return { status: 'ok' };
  }
}

function unavailable(detail: string, cause?: unknown): AppError {
  const headers = { 'Retry-After': '5' };
  return new AppError('temporarily_unavailable', { detail, headers, cause });
}
