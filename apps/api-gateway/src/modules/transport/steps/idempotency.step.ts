import { createHash } from 'node:crypto';
import { AppError, CommitUnknown, type Logger } from '#libs/foundation';
import { type IdempotencyScope, type IdempotencyStore, parseIdempotencyKey } from '#libs/guards';
import { canonicalJson } from '#libs/operations';
import type { SnapshotOperation } from '../../bundles/index.js';
import type { ExecutionFailure, ExecutionOutcome } from '../../execution/index.js';
import { describeFailure } from '../describe-failure.js';
import type { Exchange, Step, StepOutcome } from '../exchange.js';
import { refusal } from '../refusal.js';
import type { GatewayErrorCode } from '../error-codes.js';

const CODES: Readonly<Record<string, GatewayErrorCode>> = {
  invalid_idempotency_key: 'IDEMPOTENCY_KEY_INVALID',
  idempotency_key_reused: 'IDEMPOTENCY_KEY_REUSED',
  idempotency_in_progress: 'IDEMPOTENCY_IN_PROGRESS',
  idempotency_replay_expired: 'IDEMPOTENCY_REPLAY_EXPIRED',
};

/**
 * `Idempotency-Key` on a mutation: for a day the same key with the same variables gets the first answer again, per app,
 * tenant and operation. Answers of the gateway hold no secrets, so none is sealed.
 */
export function idempotencyStep(store: IdempotencyStore): Step {
  return {
    name: 'idempotency',
    run(exchange: Exchange): undefined | Promise<StepOutcome> {
      const header = exchange.request.headers['idempotency-key'];
      if (header === undefined || exchange.operation.kind === 'query') return undefined;
      return claim(store, exchange, String(header));
    },
  };
}

/** Keeps the answer of a first request, or gives the key back where nothing can have changed. */
export function rememberStep(store: IdempotencyStore, logger: Logger): Step {
  return {
    name: 'remember',
    run(exchange: Exchange): undefined | Promise<undefined> {
      const { idempotency, facts } = exchange;
      // What was executed is answered all the same. The key stays taken: nothing runs a second time.
      return (
        idempotency &&
        remember(store, exchange, idempotency).catch((error: unknown) => {
          logger.warn({ request_id: facts.id, ...describeFailure(error) }, 'answer not kept');
          return undefined;
        })
      );
    },
  };
}

async function claim(
  store: IdempotencyStore,
  exchange: Exchange,
  header: string,
): Promise<StepOutcome> {
  const { token, tenantId, operation } = exchange;
  try {
    const scope = {
      tenantId,
      actor: `${token.use}:${token.clientId ?? token.subject}`,
      route: `graphql ${operation.bundle}/${operation.name}`,
      key: parseIdempotencyKey(header),
    };
    const stored = await store.claim(scope, hashOf(exchange));
    if (!stored) {
      exchange.idempotency = scope;
      return undefined;
    }
    exchange.addHeaders({ 'Idempotency-Replayed': 'true' });
    exchange.isReplay = true;
    exchange.answer = { status: stored.status, text: String(stored.body) };
    return 'answered';
  } catch (error) {
    const code = error instanceof AppError ? CODES[error.code] : undefined;
    if (!code) throw error;
    return refusal(code, undefined, error instanceof AppError ? error.headers : undefined);
  }
}

async function remember(
  store: IdempotencyStore,
  { operation, outcome, answer }: Exchange,
  scope: IdempotencyScope,
): Promise<undefined> {
  const effect = effectOf(outcome, operation);
  if (effect === 'none') await store.release(scope);
  else if (effect === 'known' && answer) {
    await store.complete(scope, { status: answer.status, headers: {}, body: answer.text }, false);
  }
}

/**
 * `none`: the one root field itself failed, and its transaction with it. `unknown`: it timed out, its commit was not
 * answered or a system behind the gateway failed, and nobody knows its effect; the key stays taken without an answer. Anything else has had its effect, also
 * where a field below failed afterwards: its answer is kept, errors and all.
 */
function effectOf(
  { data, failures }: ExecutionOutcome,
  { hasOneRootField }: SnapshotOperation,
): 'none' | 'known' | 'unknown' {
  const isRootOnly = failures.every(({ path = [] }) => path.length <= 1);
  if (failures.length === 0 || hasValue(data) || !isRootOnly) return 'known';
  if (failures.some(isUnknown)) return 'unknown';
  return hasOneRootField ? 'none' : 'known';
}

function isUnknown({ code, cause }: ExecutionFailure): boolean {
  return code === 'TIMEOUT' || code === 'UPSTREAM_ERROR' || cause instanceof CommitUnknown;
}

function hasValue(data: ExecutionOutcome['data']): boolean {
  return Object.values(data ?? {}).some((value) => value !== null);
}

/** What the key stands for: the document and its variables, however they were spelled in the body. */
function hashOf({ operation, variables }: Exchange): Buffer {
  return createHash('sha256').update(operation.docSha256).update(canonicalJson(variables)).digest();
}
