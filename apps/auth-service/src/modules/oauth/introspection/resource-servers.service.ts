import {
  AppError,
  Clock,
  Database,
  Ids,
  LOGGER,
  type Logger,
  type RequestFacts,
  type Sql,
} from '#libs/foundation';
import type { OperatorActor } from '#libs/guards';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { z } from 'zod';
import { AuthConfig } from '../../../config.js';
import { AuditLog, LeakedSecrets, SecretDigests, SYSTEM_TENANT } from '../../identity/index.js';
import type {
  createdResourceServerResponse,
  CreateResourceServerBody,
  resourceServerResponse,
} from './resource-servers.dto.js';

type Listed = z.output<typeof resourceServerResponse>;

/** The resource servers that may introspect. */
@Injectable()
export class ResourceServers implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly digests: SecretDigests,
    private readonly audit: AuditLog,
    private readonly ids: Ids,
    private readonly clock: Clock,
    private readonly leaks: LeakedSecrets,
    private readonly config: AuthConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.leaks.register('cs', (secret, request) => this.endLeaked(secret, request));
  }

  /** @throws AppError validation_failed where no token is ever for the resource */
  async create(
    actor: OperatorActor,
    { name, resource }: CreateResourceServerBody,
  ): Promise<z.output<typeof createdResourceServerResponse>> {
    this.assertKnown(resource);
    const id = this.ids.create('rsv');
    const { secret, digest } = this.digests.create();
    const now = this.clock.date();
    await this.database.transaction(async (transaction) => {
      await transaction.execute(
        'INSERT INTO resource_server (id, name, resource, digest, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6)',
        [id, name, resource, digest, actor.name, now],
      );
      await this.record(transaction, actor, 'resource_server.created', id, { name, resource });
    });
    return { id, name, resource, created_at: now.toISOString(), secret };
  }

  async list(): Promise<Listed[]> {
    const rows = await this.database.query<Omit<Listed, 'created_at'> & { created_at: Date }>(
      'SELECT id, name, resource, created_at FROM resource_server WHERE revoked_at IS NULL ORDER BY created_at, id',
    );
    return rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() }));
  }

  /** @throws AppError not_found */
  async delete(actor: OperatorActor, id: string): Promise<void> {
    await this.database.transaction(async (transaction) => {
      const count = await transaction.execute(
        'UPDATE resource_server SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL',
        [id, this.clock.date()],
      );
      if (count === 0) throw new AppError('not_found');
      await this.record(transaction, actor, 'resource_server.deleted', id, {});
    });
  }

  /** Audiences are compared letter by letter: one that is only alike would find every token inactive. */
  private assertKnown(resource: string): void {
    const known = Object.values(this.config.resourceUrls);
    if (known.includes(resource)) return;
    throw new AppError('validation_failed', {
      detail: 'Correct the members named in errors.',
      errors: [
        {
          pointer: '/resource',
          code: 'invalid_target',
          message: `Give ${known.join(' or ')}, letter by letter.`,
        },
      ],
    });
  }

  /** A secret that was found in public ends with its resource server; operators register a new one. */
  private async endLeaked(secret: string, request: RequestFacts): Promise<boolean> {
    const id = await this.database.transaction(async (transaction) => {
      const [row] = await transaction.query<{ id: string }>(
        'SELECT id FROM resource_server WHERE digest = $1 AND revoked_at IS NULL FOR UPDATE',
        [this.digests.digest(secret)],
      );
      if (!row) return undefined;
      await transaction.execute('UPDATE resource_server SET revoked_at = $2 WHERE id = $1', [
        row.id,
        this.clock.date(),
      ]);
      await this.audit.record(transaction, {
        tenantId: SYSTEM_TENANT,
        actor: { kind: 'partner', id: 'secret-scanning' },
        action: 'resource_server.leaked',
        target: { kind: 'resource_server', id: row.id },
        request,
      });
      return row.id;
    });
    if (id === undefined) return false;
    this.logger.error(
      { resource_server: id },
      'a resource server ended: its secret was found in public',
    );
    return true;
  }

  private async record(
    transaction: Sql,
    actor: OperatorActor,
    action: string,
    id: string,
    after: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await this.audit.record(transaction, {
      tenantId: SYSTEM_TENANT,
      actor: { kind: 'operator', id: actor.name },
      action,
      target: { kind: 'resource_server', id },
      request: actor.request,
      after,
    });
  }
}
