import type { SnapshotStore } from '../../bundles/index.js';
import type { Exchange, Step } from '../exchange.js';
import { refusal, type Refusal } from '../refusal.js';

/** Recognises the operation by id, else by text (graphql.md section 2). An unknown one is refused by the grant step. */
export function matchStep(store: SnapshotStore): Step {
  return {
    name: 'match',
    run(exchange: Exchange): Refusal | undefined {
      const { documentId, query = '' } = exchange.body;
      exchange.snapshot = store.current;
      exchange.match =
        documentId === undefined
          ? exchange.snapshot.matchText(query)
          : exchange.snapshot.matchId(documentId);
      const { match } = exchange;
      return !match.found && match.syntaxError ? refusal('GRAPHQL_PARSE_FAILED') : undefined;
    },
  };
}
