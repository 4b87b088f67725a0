import type { ScopeResource } from '#libs/entities';
import {
  booleanVariable,
  CidrList,
  cidrsVariable,
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

/** Every variable auth-service reads. `.env.example` documents the same list; a test compares the two. */
export const authEnvironment = z.object({
  ...sharedVariables,
  DATABASE_MIGRATION_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  DATA_DIR: z.string().default('.data'),
  AUTH_HOST: z.string().default('127.0.0.1'),
  AUTH_OPERATOR_HOST: z.string().default('127.0.0.1'),
  AUTH_OPERATOR_PORT: portVariable.default(3011),
  KEY_ENCRYPTION_KEY: z
    .string({
      error:
        'set it to 32 random bytes in base64: make one with `openssl rand -base64 32` and keep it safe',
    })
    .pipe(keyEncryptionKeyVariable),
  WORKER_ROLE: z.enum(['api', 'worker', 'all']).default('all'),
  BUNDLE_APPROVALS: z.coerce.number().int().min(1).max(10).default(2),
  SERVICE_DOCUMENTATION: urlVariable.default('https://knogin.com/api/docs'),
  WEBHOOK_RETENTION_DAYS: z.coerce.number().int().min(7).max(90).default(30),
  WEBHOOK_ALLOW_HTTP: booleanVariable.default(false),
  WEBHOOK_EGRESS_ALLOW_CIDRS: cidrsVariable.default(new CidrList([])),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  MAIL_FROM: z.email().optional(),
  LEAK_REPORT_KEYS_URL: urlVariable.optional(),
  NODE_ENV: z.string().default(''),
});

/** The configuration of auth-service, read once. Also its DI token. */
export class AuthConfig {
  readonly databaseUrl: string;
  /** Of the role that owns the schema, which only `migrate` uses; undefined: the role of `databaseUrl` owns it. */
  readonly databaseMigrationUrl: string | undefined;
  readonly databasePoolSize: number;
  readonly redisUrl: string | undefined;
  /** Of every key, so that instances can share a Redis. */
  readonly redisKeyPrefix: string;
  readonly dataDir: string;
  readonly publicHost: string;
  readonly publicPort: number;
  readonly operatorHost: string;
  readonly operatorPort: number;
  /** `iss` of every token and the base of every published URL; no trailing slash. */
  readonly issuer: string;
  /** `aud` of the gateway. */
  readonly gatewayResource: string;
  /** The `aud` of each resource of the catalogue of scopes. */
  readonly resourceUrls: Readonly<Record<ScopeResource, string>>;
  readonly secretBox: SecretBox;
  /** Which part of the service this process is. */
  readonly workerRole: 'api' | 'worker' | 'all';
  /** Operators besides the author who must approve a bundle version. */
  readonly bundleApprovals: number;
  /** Multiplies every rate limit; 0 turns them off. */
  readonly rateLimitScale: number;
  /** Where integrators read about the API; told in the metadata. */
  readonly serviceDocumentation: string;
  readonly trustedProxies: CidrList;
  readonly egressDnsServers: readonly string[];
  /** Days for which events, deliveries and attempts are kept. */
  readonly webhookRetentionDays: number;
  readonly webhookAllowHttp: boolean;
  readonly webhookEgressAllowCidrs: CidrList;
  /** Where mail leaves; not set: to files in DATA_DIR/mail. */
  readonly smtpUrl: string | undefined;
  /** The sender of our mail. */
  readonly mailFrom: string;
  /** Where the public keys of secret-scanning reports stand; undefined: no reports are taken. */
  readonly leakReportKeysUrl: string | undefined;
  readonly logLevel: LogLevel;
  /** It serves real people: what only suits development is warned of. */
  readonly isProduction: boolean;

  constructor(variables: z.output<typeof authEnvironment>) {
    this.databaseUrl = variables.DATABASE_URL;
    this.databaseMigrationUrl = variables.DATABASE_MIGRATION_URL;
    this.databasePoolSize = variables.DATABASE_POOL_SIZE;
    this.redisUrl = variables.REDIS_URL;
    this.redisKeyPrefix = variables.REDIS_KEY_PREFIX;
    this.dataDir = variables.DATA_DIR;
    this.publicHost = variables.AUTH_HOST;
    this.publicPort = variables.AUTH_PORT;
    this.operatorHost = variables.AUTH_OPERATOR_HOST;
    this.operatorPort = variables.AUTH_OPERATOR_PORT;
    this.issuer = issuerOf(variables);
    this.gatewayResource = gatewayResourceOf(variables);
    this.resourceUrls = { auth: this.issuer, api: this.gatewayResource };
    this.secretBox = new SecretBox(
      KeyEncryptionKey.parse(variables.KEY_ENCRYPTION_KEY),
      variables.KEY_ENCRYPTION_KEYS_PREVIOUS.map((text) => KeyEncryptionKey.parse(text)),
    );
    this.workerRole = variables.WORKER_ROLE;
    this.bundleApprovals = variables.BUNDLE_APPROVALS;
    this.rateLimitScale = variables.RATE_LIMIT_SCALE;
    this.serviceDocumentation = variables.SERVICE_DOCUMENTATION;
    this.trustedProxies = variables.TRUSTED_PROXIES;
    this.egressDnsServers = variables.EGRESS_DNS_SERVERS;
    this.webhookRetentionDays = variables.WEBHOOK_RETENTION_DAYS;
    this.webhookAllowHttp = variables.WEBHOOK_ALLOW_HTTP;
    this.webhookEgressAllowCidrs = variables.WEBHOOK_EGRESS_ALLOW_CIDRS;
    this.smtpUrl = variables.SMTP_URL;
    this.mailFrom = variables.MAIL_FROM ?? `no-reply@${new URL(this.issuer).hostname}`;
    this.leakReportKeysUrl = variables.LEAK_REPORT_KEYS_URL;
    this.logLevel = variables.LOG_LEVEL;
    this.isProduction = variables.NODE_ENV === 'production';
  }

  /** @param role of a process that has only one  @throws ConfigError one sentence that names the variable */
  static fromEnvironment(
    environment: Readonly<Record<string, string | undefined>> = process.env,
    role?: AuthConfig['workerRole'],
  ): AuthConfig {
    const variables = parseEnvironment(authEnvironment, environment);
    return new AuthConfig(role === undefined ? variables : { ...variables, WORKER_ROLE: role });
  }
}
