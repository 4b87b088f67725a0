import type { SnapshotStore } from '../../bundles/index.js';
import type { Exchange, Step } from '../exchange.js';
import { refusal, type Refusal } from '../refusal.js';

/** Recognises the operation by id, else by text (graphql.md section 2). An unknown one is refused by the grant step. */
export function matchStep(store: SnapshotStore): Step {
  return {
    name: 'match',
    run(exchange: Exchange): Refusal | undefined {
      const { documentId, query = '' } = exchange.body;
      const { current: snapshot } = store;
      exchange.snapshot = snapshot;
      const known =
        documentId === undefined ? snapshot.matchKnown(query) : snapshot.matchId(documentId);
      exchange.isParsed = known === undefined;
      const match = known ?? snapshot.matchCanonical(query);
      exchange.match = match;
      return !match.found && match.syntaxError ? refusal('GRAPHQL_PARSE_FAILED') : undefined;
    },
  };
}
