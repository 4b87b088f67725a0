import { AppError, Database, Drain, OperatorOpen } from '#libs/foundation';
import { Controller, Get } from '@nestjs/common';

/** For the machine that keeps the process alive, on the operator listener. */
@OperatorOpen()
@Controller('health')
export class HealthController {
  constructor(
    private readonly database: Database,
    private readonly drain: Drain,
  ) {}

  /** The process answers. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The process can do its work: it is not on its way out, and the database answers. */
  @Get('ready')
  async ready(): Promise<{ status: 'ok' }> {
    if (this.drain.started) throw unavailable('The process is stopping.');
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
