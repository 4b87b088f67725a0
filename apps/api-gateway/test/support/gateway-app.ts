import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { createLogger, Database, type HttpApp, Ids } from '#libs/foundation';
import { ApiClient, type ApiAnswer, FixedClock } from '#libs/testing';
import type { Type } from '@nestjs/common';
import { GrantsService } from '../../../auth-service/src/modules/bundles/index.js';
import { ScopeCatalogue } from '../../../auth-service/src/modules/identity/index.js';
import { AccessTokenIssuer } from '../../../auth-service/src/modules/oauth/index.js';
import { cliAdministrator } from '../../../auth-service/src/modules/ops/cli/run-cli.js';
import {
  AuthApp,
  type AuthAppOptions,
  type TenantUnderTest,
} from '../../../auth-service/test/support/auth-app.js';
import { GatewayConfig } from '../../src/config.js';
import { createApp } from '../../src/create-app.js';
import { SnapshotStore } from '../../src/modules/bundles/index.js';
import { Upstreams } from '../../src/modules/upstreams/index.js';

export interface GatewayAppOptions extends AuthAppOptions {
  gatewayEnvironment?: Readonly<Record<string, string>>;
}

export interface Partner {
  clientId: string;
  tenant: TenantUnderTest;
  token: string;
}

export interface GraphQLCall {
  token?: string | undefined;
  /** X-Tenant-ID; the partner's own unless told, left out where null. */
  tenantId?: string | null;
  headers?: Readonly<Record<string, string>>;
}

/** Both apps on one database and one clock, the way `npm start` runs them. */
export class GatewayApp {
  readonly public: ApiClient;
  readonly operator: ApiClient;

  private constructor(
    readonly auth: AuthApp,
    readonly clock: FixedClock,
    readonly http: HttpApp,
    private readonly lines: string[],
    ports: { public: number; operator: number },
  ) {
    this.public = new ApiClient(`http://127.0.0.1:${ports.public}`);
    this.operator = new ApiClient(`http://127.0.0.1:${ports.operator}`);
  }

  static async start(options: GatewayAppOptions = {}): Promise<GatewayApp> {
    const clock = new FixedClock();
    const auth = await AuthApp.start({ clock, ...options });
    return GatewayApp.startGateway(auth, clock, options.gatewayEnvironment);
  }

  /** Another instance on the same database and clock. End it with `stopGateway`. */
  async startPeer(environment?: Readonly<Record<string, string>>): Promise<GatewayApp> {
    return GatewayApp.startGateway(this.auth, this.clock, environment);
  }

  private static async startGateway(
    auth: AuthApp,
    clock: FixedClock,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<GatewayApp> {
    const config = GatewayConfig.fromEnvironment({
      ...auth.environment,
      AUTH_URL: auth.public.baseUrl,
      GATEWAY_PORT: '0',
      GATEWAY_OPERATOR_PORT: '0',
      LOG_LEVEL: 'debug',
      ...environment,
    });
    const lines: string[] = [];
    const destination = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        lines.push(chunk.toString());
        done();
      },
    });
    const logger = createLogger({ name: 'api-gateway', level: config.logLevel, destination });
    const http = await createApp({ config, clock, logger });
    return new GatewayApp(auth, clock, http, lines, await http.listen());
  }

  get<T>(token: Type<T> | (abstract new (...args: never[]) => T)): T {
    return this.http.app.get<T>(token, { strict: false });
  }

  /** Everything the gateway has logged. */
  log(): string {
    return this.lines.join('');
  }

  /** An app with a token; in a new tenant unless one is given. */
  async createPartner(
    scopes: readonly string[] = ['webhooks:write'],
    tenant?: TenantUnderTest,
  ): Promise<Partner> {
    const owner = tenant ?? (await this.auth.createTenant());
    const clientId = this.get(Ids).create('app');
    await this.get(Database).execute(
      `INSERT INTO platform_app (id, tenant_id, name, application_type, grant_types, redirect_uris, requested_scopes,
         approved_scopes, created_by, created_at, updated_at)
       VALUES ($1, $2, 'partner', 'web', '{client_credentials}', '{}', $3, $3, 'test', $4, $4)`,
      [clientId, owner.id, scopes, this.clock.date()],
    );
    return { clientId, tenant: owner, token: await this.issueToken(clientId, owner.id, scopes) };
  }

  async issueToken(
    clientId: string,
    tenantId: string,
    scopes: readonly string[],
    ttlSeconds = 3_600,
  ): Promise<string> {
    const all = await this.auth.get(ScopeCatalogue).availableTo(tenantId);
    const { token } = await this.auth.get(AccessTokenIssuer).issue({
      use: 'client',
      subject: clientId,
      tenantId,
      clientId,
      scopes: all.filter(({ name }) => scopes.includes(name)),
      ttlSeconds,
      alg: 'ES256',
    });
    return token;
  }

  /** Grants the bundle and waits until the gateway has read it. */
  async grant(
    { clientId, tenant }: Partner,
    bundle: string,
    more: Partial<Parameters<GrantsService['create']>[1]> = {},
  ): Promise<string> {
    const input = { clientId, bundle, tenantId: tenant.id, ...more };
    const id = await this.auth.get(GrantsService).create(cliAdministrator(), input);
    await this.refresh();
    return id;
  }

  /** What a notice does, without waiting for it. */
  async refresh(): Promise<void> {
    await this.get(SnapshotStore).refresh();
    await this.get(SnapshotStore).refresh();
  }

  /** The registry cannot be read from now on, until the mocks are restored. */
  loseRegistry(): void {
    jest.spyOn(this.get(Upstreams), 'refresh').mockRejectedValue(new Error('the registry is down'));
  }

  /** `POST /graphql` as the partner. */
  async call(partner: Partner, body: unknown, call: GraphQLCall = {}): Promise<ApiAnswer> {
    const tenantId = call.tenantId === undefined ? partner.tenant.id : call.tenantId;
    return this.public.post('/graphql', {
      token: 'token' in call ? call.token : partner.token,
      headers: {
        ...(tenantId === null ? {} : { 'x-tenant-id': tenantId }),
        'content-type': 'application/json',
        ...call.headers,
      },
      body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    });
  }

  async stop(): Promise<void> {
    await this.stopGateway();
    await this.auth.stop();
  }

  async stopGateway(): Promise<void> {
    await this.http.close(1_000);
  }
}

/** A tenant id that nobody has. */
export function strangeTenantId(): string {
  return `ten_0${randomBytes(16).toString('hex').slice(0, 25).toUpperCase()}`;
}
