import { Injectable } from '@nestjs/common';

/** Whether the process is on its way out: it finishes what it has and takes nothing new. */
@Injectable()
export class Drain {
  started = false;
}
