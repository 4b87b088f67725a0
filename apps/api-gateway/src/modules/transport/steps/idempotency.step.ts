import { createHash } from 'node:crypto';
import { AppError } from '#libs/foundation';
import { type IdempotencyStore, parseIdempotencyKey } from '#libs/guards';
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
export function rememberStep(store: IdempotencyStore): Step {
  return {
    name: 'remember',
    run(exchange: Exchange): undefined | Promise<undefined> {
      const { idempotency } = exchange;
      return idempotency && remember(store, exchange, idempotency);
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
    exchange.headers['Idempotency-Replayed'] = 'true';
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
  { outcome, answer }: Exchange,
  scope: NonNullable<Exchange['idempotency']>,
): Promise<undefined> {
  const codes = new Set(outcome.failures.map(({ code }) => code));
  // Of a time-out or an upstream's failure nobody knows whether it had its effect: the key stays taken.
  if (codes.has('TIMEOUT') || codes.has('UPSTREAM_ERROR')) return;
  if (codes.size > 0 || !answer) await store.release(scope);
  else
    await store.complete(scope, { status: answer.status, headers: {}, body: answer.text }, false);
}

/** What the key stands for: the document and its variables, however they were spelled in the body. */
function hashOf({ operation, variables }: Exchange): Buffer {
  return createHash('sha256')
    .update(operation.docSha256)
    .update(JSON.stringify(variables))
    .digest();
}
