import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type Clock, createLogger, type HttpApp } from '#libs/foundation';
import { ApiClient, FixedClock, TestDatabase } from '#libs/testing';
import type { Type } from '@nestjs/common';
import { AuthConfig } from '../../src/config.js';
import { createApp } from '../../src/create-app.js';
import { AdminTokenCommand } from '../../src/modules/ops/cli/admin-token.command.js';
import { CreateTenantCommand } from '../../src/modules/ops/cli/create-tenant.command.js';
import { OperatorTokenCommand } from '../../src/modules/ops/cli/operator-token.command.js';
import { cliAdministrator } from '../../src/modules/ops/cli/run-cli.js';

export interface AuthAppOptions {
  /** Environment variables over the test defaults. */
  environment?: Readonly<Record<string, string>>;
  clock?: Clock;
  /** A database that already exists, for a second instance or a restart; it is not dropped at the end. */
  database?: TestDatabase;
}

export interface TenantUnderTest {
  id: string;
  slug: string;
  adminToken: string;
  /** The public listener with the admin's token. */
  admin: ApiClient;
}

/** auth-service on a database of its own and free loopback ports, with a clock the test moves. */
export class AuthApp {
  readonly public: ApiClient;
  readonly operator: ApiClient;

  private constructor(
    readonly http: HttpApp,
    readonly clock: Clock,
    readonly database: TestDatabase,
    private readonly ownsDatabase: boolean,
    readonly environment: Readonly<Record<string, string>> & { DATA_DIR: string },
    private readonly lines: string[],
    ports: { public: number; operator: number },
  ) {
    this.public = new ApiClient(`http://127.0.0.1:${ports.public}`);
    this.operator = new ApiClient(`http://127.0.0.1:${ports.operator}`);
  }

  static async start(options: AuthAppOptions = {}): Promise<AuthApp> {
    const database = options.database ?? (await TestDatabase.create());
    const environment = {
      DATABASE_URL: database.url,
      DATABASE_POOL_SIZE: '5',
      AUTH_PORT: '0',
      AUTH_OPERATOR_PORT: '0',
      AUTH_ISSUER: 'https://auth.knogin.com',
      GATEWAY_RESOURCE: 'https://api.knogin.com',
      // Suites drive relay and lanes by hand; those about the worker itself turn it on.
      WORKER_ROLE: 'api',
      KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      ...options.environment,
      // Comes into being with the first mail.
      DATA_DIR: join(tmpdir(), `knogin-auth-${randomBytes(8).toString('hex')}`),
    };
    const config = AuthConfig.fromEnvironment(environment);
    const clock = options.clock ?? new FixedClock();
    const lines: string[] = [];
    const destination = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        lines.push(chunk.toString());
        done();
      },
    });
    const logger = createLogger({ name: 'auth-service', level: config.logLevel, destination });
    const http = await createApp({ config, clock, logger });
    const ports = await http.listen();
    return new AuthApp(http, clock, database, !options.database, environment, lines, ports);
  }

  /** A provider of the running container. */
  get<T>(token: Type<T> | (abstract new (...args: never[]) => T)): T {
    return this.http.app.get<T>(token, { strict: false });
  }

  /** Where mail is written to. */
  get mailDir(): string {
    return join(this.environment.DATA_DIR, 'mail');
  }

  /** Everything the process has logged. */
  log(): string {
    return this.lines.join('');
  }

  async createTenant(slug = `t-${randomBytes(5).toString('hex')}`): Promise<TenantUnderTest> {
    const by = cliAdministrator();
    const { tenant_id: id } = await this.get(CreateTenantCommand).run({ slug }, by);
    const { access_token: adminToken } = await this.get(AdminTokenCommand).run(
      { tenant: slug },
      by,
    );
    return {
      id: id as string,
      slug,
      adminToken: adminToken as string,
      admin: this.public.withToken(adminToken as string),
    };
  }

  /** The public listener with another admin's token of a tenant that exists. */
  async adminOf(slug: string, as = 'colleague'): Promise<ApiClient> {
    const { access_token } = await this.get(AdminTokenCommand).run(
      { tenant: slug, as },
      cliAdministrator(),
    );
    return this.public.withToken(access_token as string);
  }

  /** The operator listener with a fresh operator token. */
  async asOperator(name = 'olga'): Promise<ApiClient> {
    const { access_token } = await this.get(OperatorTokenCommand).run(
      { as: name },
      cliAdministrator(),
    );
    return this.operator.withToken(access_token as string);
  }

  async stop(): Promise<void> {
    await this.http.close(1_000);
    rmSync(this.environment.DATA_DIR, { recursive: true, force: true });
    if (this.ownsDatabase) await this.database.drop();
  }
}
