import { AppError, Database, OperatorOpen } from '#libs/foundation';
import { Controller, Get } from '@nestjs/common';

/** For the machine that keeps the process alive, on the operator listener. */
@OperatorOpen()
@Controller('health')
export class HealthController {
  constructor(private readonly database: Database) {}

  /** The process answers. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The process can do its work: the database answers. */
  @Get('ready')
  async ready(): Promise<{ status: 'ok' }> {
    try {
      await this.database.query('SELECT 1');
    } catch (cause) {
      throw new AppError('temporarily_unavailable', {
        detail: 'The database does not answer.',
        headers: { 'Retry-After': '5' },
        cause,
      });
    }
    return { status: 'ok' };
  }
}
