import { BearerChallenge, Clock, LOGGER, type Logger } from '#libs/foundation';
import {
  AccessTokenVerifier,
  ApiPolicyFeed,
  IdempotencyStore,
  ServiceTokenUsage,
} from '#libs/guards';
import { Inject, Injectable } from '@nestjs/common';
import { GatewayConfig } from '../../config.js';
import { SnapshotStore } from '../bundles/index.js';
import { UsageRecorder } from '../usage/index.js';
import type { Step } from './exchange.js';
import { OperationLimits } from './operation-limits.js';
import { authenticateStep } from './steps/authenticate.step.js';
import { costStep } from './steps/cost.step.js';
import { executeStep } from './steps/execute.step.js';
import { grantStep } from './steps/grant.step.js';
import { idempotencyStep, rememberStep } from './steps/idempotency.step.js';
import { matchStep } from './steps/match.step.js';
import { rateStep } from './steps/rate.step.js';
import { scopeStep } from './steps/scope.step.js';
import { scrubStep } from './steps/scrub.step.js';
import { shapeStep } from './steps/shape.step.js';
import { tenantStep } from './steps/tenant.step.js';
import { transportStep } from './steps/transport.step.js';
import { usageStep } from './steps/usage.step.js';
import { variablesStep } from './steps/variables.step.js';

/** The steps of `POST /graphql` in the order of graphql.md section 3: none reveals what a later one would find. */
@Injectable()
export class Pipeline {
  readonly steps: readonly Step[];

  constructor(
    config: GatewayConfig,
    verifier: AccessTokenVerifier,
    challenge: BearerChallenge,
    policies: ApiPolicyFeed,
    usage: ServiceTokenUsage,
    store: SnapshotStore,
    limits: OperationLimits,
    idempotency: IdempotencyStore,
    recorder: UsageRecorder,
    clock: Clock,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.steps = [
      transportStep,
      authenticateStep({ verifier, challenge, usage, audience: config.resource }),
      tenantStep,
      rateStep(limits),
      shapeStep,
      matchStep(store),
      grantStep(policies, clock),
      scopeStep(challenge),
      variablesStep,
      costStep(limits),
      idempotencyStep(idempotency),
      executeStep,
      usageStep(recorder),
      scrubStep(logger, config.costExtension),
      rememberStep(idempotency, logger),
    ];
  }
}
