import { ApolloServer, ApolloServerOptions, BaseContext } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { DocumentNode, GraphQLError, GraphQLFormattedError, GraphQLSchema, print } from 'graphql';
import type { Logger } from '#libs/foundation';
import { sha256Hex } from '#libs/operations';
import { toExecutionFailure } from './execution-failure.js';
import {
  ExecutableOperation,
  ExecutionFailure,
  ExecutionOutcome,
  OperationExecutor,
} from './operation-executor.js';
import { withSettledLists } from './settled-lists.js';

type DocumentStore = NonNullable<ApolloServerOptions<BaseContext>['documentStore']>;

/**
 * Runs documents through Apollo Server 5 without its HTTP side: no landing page, no reporting, no persisted queries
 * of its own. Its document store is filled when a snapshot loads, so that it parses and validates nothing later.
 */
export class ApolloExecutor implements OperationExecutor {
  readonly name = 'apollo';
  private readonly documents = new Map<string, DocumentNode>();
  private readonly failures = new WeakMap<GraphQLFormattedError, ExecutionFailure>();
  private readonly server: ApolloServer;

  private constructor(schema: GraphQLSchema, logger: Logger) {
    this.server = new ApolloServer({
      schema: withSettledLists(schema),
      logger,
      introspection: false,
      csrfPrevention: true,
      allowBatchedHttpRequests: false,
      persistedQueries: false,
      hideSchemaDetailsFromClientErrors: true,
      includeStacktraceInErrorResponses: false,
      stopOnTerminationSignals: false,
      documentStore: this.documentStore(),
      formatError: (formatted, error) => this.format(formatted, error),
      plugins: [
        ApolloServerPluginCacheControlDisabled(),
        ApolloServerPluginLandingPageDisabled(),
        ApolloServerPluginSchemaReportingDisabled(),
        ApolloServerPluginUsageReportingDisabled(),
      ],
    });
  }

  static async start(schema: GraphQLSchema, logger: Logger): Promise<ApolloExecutor> {
    const executor = new ApolloExecutor(schema, logger);
    await executor.server.start();
    return executor;
  }

  prepare(document: DocumentNode): ExecutableOperation {
    const query = print(document);
    this.documents.set(sha256Hex(query), document);
    return {
      execute: async (contextValue, variables) => {
        const response = await this.server.executeOperation({ query, variables }, { contextValue });
        if (response.body.kind !== 'single') throw new Error('one result was expected');
        return this.toOutcome(response.body.singleResult);
      },
    };
  }

  async close(): Promise<void> {
    await this.server.stop();
  }

  /** Apollo's key ends with the SHA-256 of the text. A prepared document is known for good and needs no validation. */
  private documentStore(): DocumentStore {
    return {
      get: async (key) => this.documents.get(key.slice(-64)),
      set: async () => undefined,
      delete: async () => false,
    };
  }

  private toOutcome(result: {
    data?: Record<string, unknown> | null;
    errors?: readonly GraphQLFormattedError[];
  }): ExecutionOutcome {
    const failures = (result.errors ?? []).map(
      (error): ExecutionFailure =>
        this.failures.get(error) ?? { code: 'INTERNAL', path: error.path, cause: error },
    );
    return { data: result.data, failures };
  }

  /** Keeps our view of the error beside the object that Apollo hands back. */
  private format(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
    const kept = { ...formatted };
    if (error instanceof GraphQLError) this.failures.set(kept, toExecutionFailure(error));
    return kept;
  }
}
