import type { Clock } from '#libs/foundation';
import type { ApiPolicyFeed } from '#libs/guards';
import type { Match } from '#libs/operations';
import type { Held, SnapshotOperation } from '../../bundles/index.js';
import type { Exchange, Step } from '../exchange.js';
import { refusal, type Refusal } from '../refusal.js';

const NOT_APPROVED = refusal('OPERATION_NOT_APPROVED');
const TEXT_DIFFERS = refusal('BAD_REQUEST', { reason: 'id_and_text_differ' });
const NAME_DIFFERS = refusal('BAD_REQUEST', { reason: 'operation_name_differs' });

/**
 * Whether this app holds the operation in this tenant. Unknown, retired, blocked, someone else's, suspended, not yet or
 * no longer granted, from an address that governance excludes: one refusal, after the same work. Only who holds the operation learns that id, text and
 * operationName do not belong together.
 */
export function grantStep(policies: ApiPolicyFeed, clock: Clock): Step {
  return {
    name: 'grant',
    run(exchange: Exchange): Refusal | undefined {
      const { documentId, query, operationName } = exchange.body;
      let held = find(exchange, exchange.match, clock);
      // What nobody has was parsed by now: what someone else has is parsed too, and no more often.
      if (!held && query !== undefined && documentId === undefined && !exchange.isParsed) {
        held = find(exchange, exchange.snapshot.matchCanonical(query), clock);
      }
      const isAllowed = policies.policyOf(exchange.token).allowsAddress(exchange.facts.ip);
      if (!held || !isAllowed) return NOT_APPROVED;
      const { value: operation, variant } = held.candidate;
      if (documentId !== undefined && query !== undefined) {
        if (!names(exchange.snapshot.matchText(query), operation)) return TEXT_DIFFERS;
      }
      if (operationName !== undefined && operationName !== operation.name) return NAME_DIFFERS;
      exchange.operation = operation;
      exchange.variant = variant;
      exchange.grant = held.grant;
      exchange.addHeaders(operation.headers);
      return undefined;
    },
  };
}

function find(exchange: Exchange, match: Match<SnapshotOperation>, clock: Clock): Held | undefined {
  const { token, tenantId, snapshot } = exchange;
  return snapshot.find(match, token.clientId ?? '', tenantId, clock.now());
}

function names(match: Match<SnapshotOperation>, operation: SnapshotOperation): boolean {
  return match.found && match.candidates.some(({ value }) => value.id === operation.id);
}
