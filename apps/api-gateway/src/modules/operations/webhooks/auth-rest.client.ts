import { TrustedOriginClient } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { GatewayConfig } from '../../../config.js';
import { ExecutionError, type OperationContext } from '../../execution/index.js';
import { type UserError, userError } from '../schema/user-error.model.js';

export interface RestRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Already encoded. */
  path: string;
  body?: Readonly<Record<string, unknown>>;
}

const problemSchema = z.object({
  code: z.string(),
  title: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), message: z.string() })).optional(),
});

/** What a mutation may be refused with for a reason that the caller can correct. */
const EXPECTED: ReadonlySet<number> = new Set([400, 403, 404, 409, 410, 412, 422, 428]);

/** An answer that says why: expected failures of a mutation. */
export class RestProblem {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly userErrors: UserError[],
  ) {}
}

/**
 * Our own public REST contract, used as any integrator would: with the caller's bearer and nothing else of the
 * request. Problems are returned; whatever else goes wrong is an ExecutionError without detail.
 */
@Injectable()
export class AuthRestClient {
  constructor(
    private readonly config: GatewayConfig,
    private readonly client: TrustedOriginClient,
  ) {}

  /** @throws ExecutionError */
  async request<T>(
    context: OperationContext,
    request: RestRequest,
    schema: z.ZodType<T>,
  ): Promise<T | RestProblem> {
    const { status, body } = await context.deadline.bound(this.send(context, request));
    if (status === 204) return schema.parse({});
    const json = parseJson(body);
    if (status >= 200 && status < 300) {
      const parsed = schema.safeParse(json);
      if (parsed.success) return parsed.data;
      throw new ExecutionError('UPSTREAM_ERROR', { cause: parsed.error });
    }
    if (status === 429) throw new ExecutionError('RATE_LIMITED');
    const problem = problemSchema.safeParse(json);
    if (!problem.success || !EXPECTED.has(status) || problem.data.code === 'insufficient_scope') {
      throw new ExecutionError('UPSTREAM_ERROR');
    }
    return new RestProblem(status, problem.data.code, toUserErrors(problem.data));
  }

  private async send(
    context: OperationContext,
    { method, path, body }: RestRequest,
  ): Promise<{ status: number; body: Buffer }> {
    try {
      return await this.client.request({
        method,
        url: this.config.authUrl + path,
        headers: {
          authorization: `Bearer ${context.accessToken}`,
          accept: 'application/json',
          // Believed where auth-service trusts this gateway as a proxy.
          'x-forwarded-for': context.ip,
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      const isTimeout = cause instanceof Error && cause.name === 'TimeoutError';
      throw new ExecutionError(isTimeout ? 'TIMEOUT' : 'UPSTREAM_ERROR', { cause });
    }
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch (cause) {
    throw new ExecutionError('UPSTREAM_ERROR', { cause });
  }
}

/** One entry per named member, else one for the whole: the contract's stable codes in capitals. */
function toUserErrors(problem: z.output<typeof problemSchema>): UserError[] {
  const code = problem.code.toUpperCase();
  const members = problem.errors ?? [];
  if (members.length === 0) return [userError(code, null, problem.detail ?? problem.title)];
  return members
    .slice(0, 20)
    .map(({ pointer, message }) => userError(code, toFieldName(pointer), message));
}

/** `/secret_overlap_seconds` as the input calls it: `secretOverlapSeconds`. */
function toFieldName(pointer: string): string | null {
  const [, member = ''] = pointer.split('/');
  const name = member.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
  return /^[A-Za-z]\w*$/.test(name) ? name : null;
}
