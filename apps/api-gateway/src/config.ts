import {
  booleanVariable,
  CidrList,
  gatewayResourceOf,
  issuerOf,
  KeyEncryptionKey,
  keyEncryptionKeyVariable,
  type LogLevel,
  parseEnvironment,
  portVariable,
  SecretBox,
  sharedVariables,
  urlVariable,
} from '#libs/foundation';
import { z } from 'zod';

/** Every variable api-gateway reads. `.env.example` documents the same list; a test compares the two. */
export const gatewayEnvironment = z.object({
  ...sharedVariables,
  AUTH_URL: urlVariable.optional(),
  GATEWAY_HOST: z.string().default('127.0.0.1'),
  GATEWAY_OPERATOR_HOST: z.string().default('127.0.0.1'),
  GATEWAY_OPERATOR_PORT: portVariable.default(3012),
  GATEWAY_EXECUTOR: z.enum(['compiled', 'apollo']).default('compiled'),
  GATEWAY_COST_EXTENSION: booleanVariable.default(false),
  KEY_ENCRYPTION_KEY: z
    .string({
      error:
        'set it to the 32 random bytes in base64 that auth-service has: upstream credentials are sealed with them',
    })
    .pipe(keyEncryptionKeyVariable),
});

/** The configuration of api-gateway, read once. Also its DI token. */
export class GatewayConfig {
  readonly databaseUrl: string;
  readonly databasePoolSize: number;
  readonly redisUrl: string | undefined;
  /** Of every key, so that instances can share a Redis. */
  readonly redisKeyPrefix: string;
  readonly publicHost: string;
  readonly publicPort: number;
  readonly operatorHost: string;
  readonly operatorPort: number;
  /** Who signs the tokens: `iss`. */
  readonly issuer: string;
  /** Where auth-service's public listener is reached from here; the issuer's own URL unless told. */
  readonly authUrl: string;
  /** This resource, as `aud` names it. */
  readonly resource: string;
  readonly executor: 'compiled' | 'apollo';
  /** Whether executed operations carry `extensions.cost`. */
  readonly costExtension: boolean;
  /** Opens the credentials of upstreams. */
  readonly secretBox: SecretBox;
  readonly egressDnsServers: readonly string[];
  /** Multiplies every rate limit; 0 turns them off. */
  readonly rateLimitScale: number;
  readonly trustedProxies: CidrList;
  readonly logLevel: LogLevel;

  constructor(variables: z.output<typeof gatewayEnvironment>) {
    this.databaseUrl = variables.DATABASE_URL;
    this.databasePoolSize = variables.DATABASE_POOL_SIZE;
    this.redisUrl = variables.REDIS_URL;
    this.redisKeyPrefix = variables.REDIS_KEY_PREFIX;
    this.publicHost = variables.GATEWAY_HOST;
    this.publicPort = variables.GATEWAY_PORT;
    this.operatorHost = variables.GATEWAY_OPERATOR_HOST;
    this.operatorPort = variables.GATEWAY_OPERATOR_PORT;
    this.issuer = issuerOf(variables);
    this.authUrl = variables.AUTH_URL ?? this.issuer;
    this.resource = gatewayResourceOf(variables);
    this.executor = variables.GATEWAY_EXECUTOR;
    this.costExtension = variables.GATEWAY_COST_EXTENSION;
    this.secretBox = new SecretBox(
      KeyEncryptionKey.parse(variables.KEY_ENCRYPTION_KEY),
      variables.KEY_ENCRYPTION_KEYS_PREVIOUS.map((text) => KeyEncryptionKey.parse(text)),
    );
    this.egressDnsServers = variables.EGRESS_DNS_SERVERS;
    this.rateLimitScale = variables.RATE_LIMIT_SCALE;
    this.trustedProxies = variables.TRUSTED_PROXIES;
    this.logLevel = variables.LOG_LEVEL;
  }

  /** @throws ConfigError one sentence that names the variable */
  static fromEnvironment(
    environment: Readonly<Record<string, string | undefined>> = process.env,
  ): GatewayConfig {
    return new GatewayConfig(parseEnvironment(gatewayEnvironment, environment));
  }
}
