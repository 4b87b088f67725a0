import { AppError, BodyLimit, Public, requestFacts, type RequestWithBody } from '#libs/foundation';
import {
  Body,
  Controller,
  Headers,
  HttpCode,
  Post,
  Req,
  SerializeOptions,
  UseGuards,
} from '@nestjs/common';
import { z } from 'zod';
import { LeakedSecrets } from './leaked-secrets.service.js';
import { LeakReportsGuard } from './leak-reports.guard.js';
import { ReportKeys } from './report-keys.js';
import { isSignedBy } from './report-signature.js';

/** The partner's format: what it adds later is ignored. */
const reportBody = z.array(z.object({ token: z.string().max(1_024) })).max(1_000);

const reportResponse = z.strictObject({ revoked: z.int() });

/** Secret-scanning reports of GitHub's partner programme. Where no partner is configured the route does not exist. */
@Public()
@UseGuards(LeakReportsGuard)
@Controller('v1/platform/leak-reports')
export class LeakReportsController {
  constructor(
    private readonly keys: ReportKeys,
    private readonly secrets: LeakedSecrets,
  ) {}

  @Post()
  @HttpCode(200)
  @BodyLimit(1024 * 1024)
  @SerializeOptions({ schema: reportResponse })
  async receive(
    @Req() request: RequestWithBody,
    @Headers('github-public-key-identifier') identifier: string | undefined,
    @Headers('github-public-key-signature') signature: string | undefined,
    @Body({ schema: reportBody }) body: z.output<typeof reportBody>,
  ): Promise<z.output<typeof reportResponse>> {
    const key = identifier === undefined ? undefined : await this.keys.find(identifier);
    if (!key || !isSignedBy(key, request.rawBody ?? Buffer.alloc(0), signature ?? ''))
      throw new AppError('invalid_request', { detail: 'The report is not signed by a partner.' });
    let revoked = 0;
    for (const { token } of body)
      if (await this.secrets.revoke(token, requestFacts(request))) revoked += 1;
    return { revoked };
  }
}
