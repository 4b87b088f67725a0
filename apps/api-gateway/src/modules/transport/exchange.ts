import type { IncomingMessage } from 'node:http';
import type { RequestFacts } from '#libs/foundation';
import type { AccessToken, IdempotencyScope } from '#libs/guards';
import type { Match, Variant, VariableValues } from '#libs/operations';
import type { SnapshotGrant, SnapshotOperation, Snapshot } from '../bundles/index.js';
import type { ExecutionOutcome } from '../execution/index.js';
import type { GraphQLRequest } from './graphql-request.js';
import type { Refusal } from './refusal.js';
import { DEFAULT_RESPONSE_TYPE, type ResponseType } from './response-type.js';

/** What is sent: only what `scrub` has let through. */
export interface Answer {
  status: number;
  /** JSON. */
  text: string;
}

/**
 * One request on its way through the pipeline. Each step writes the facts it establishes; a later step may read them
 * because the order of the steps is the order of this class.
 */
export class Exchange {
  /** Of the monotonic clock, in milliseconds. */
  readonly startedAt = performance.now();
  /** transport */
  responseType: ResponseType = DEFAULT_RESPONSE_TYPE;
  bytes: Buffer;
  /** authenticate */
  bearer: string;
  token: AccessToken;
  /** tenant */
  tenantId: string;
  /** Who is limited: app and tenant. Empty until both are verified. */
  limitKey = '';
  /** shape */
  body: GraphQLRequest;
  /** match */
  snapshot: Snapshot;
  match: Match<SnapshotOperation>;
  /** Whether the text had to be parsed to find it. */
  isParsed: boolean;
  /** grant */
  operation: SnapshotOperation;
  variant: Variant;
  grant: SnapshotGrant;
  /** variables */
  variables: VariableValues;
  /** cost */
  costDebited: number;
  /** Points left; undefined where limits are turned off. */
  costRemaining: number | undefined;
  /** idempotency: where the answer is to be kept; undefined where no key was sent */
  idempotency: IdempotencyScope | undefined;
  /** Whether the answer is an earlier one: then there is no outcome. */
  isReplay = false;
  /** execute */
  outcome: ExecutionOutcome;
  /** scrub, or idempotency where an earlier answer is replayed */
  answer: Answer | undefined;
  /** Headers that steps add to the answer, whatever it is: names and values in turn. */
  readonly headers: string[] = [];

  constructor(
    readonly request: IncomingMessage,
    readonly facts: RequestFacts,
  ) {}

  addHeaders(headers: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(headers)) this.headers.push(name, value);
  }
}

/** Nothing: on to the next step. A refusal, or `answered`: no further step runs. */
export type StepOutcome = Refusal | 'answered' | undefined;

/** One named step. */
export interface Step {
  readonly name: string;
  run(exchange: Exchange): StepOutcome | Promise<StepOutcome>;
}
