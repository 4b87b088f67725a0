import { AppError, Clock, Database } from '#libs/foundation';
import type { Actor } from '#libs/guards';
import { OperationIndex } from '#libs/operations';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { grantedVersions, type GrantedOperation, type GrantedVersion } from './granted.query.js';
import { type checkBody, type checkResponse, documentId } from './operation-bundles.dto.js';

/** What a partner may know of bundles: those its app is granted, and nothing of the others. */
@Injectable()
export class OperationBundles {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError not_found where the app holds no grant, and to every other app */
  async list(actor: Actor, clientId: string): Promise<GrantedVersion[]> {
    const isApp = actor.kind === 'client' || actor.kind === 'service';
    if (isApp && actor.clientId !== clientId) throw new AppError('not_found');
    return grantedVersions(this.database, actor, clientId, this.clock.date());
  }

  /** @throws AppError not_found */
  async get(
    actor: Actor,
    clientId: string,
    { name, version }: { name: string; version: string },
  ): Promise<GrantedVersion> {
    const versions = await this.list(actor, clientId);
    const found = versions.find((entry) => entry.bundle === name && entry.version === version);
    if (!found) throw new AppError('not_found');
    return found;
  }

  /** Which texts of a manifest the gateway would recognise, by the rules that the gateway has. */
  async check(
    actor: Actor,
    clientId: string,
    { operations }: z.output<typeof checkBody>,
  ): Promise<z.output<typeof checkResponse>> {
    const index = indexOf(await this.list(actor, clientId));
    return {
      operations: operations.map(({ name, body }) => {
        const match = index.matchText(body);
        const value = match.found ? match.candidates[0]?.value : undefined;
        return {
          name,
          matches: value !== undefined,
          bundle: value?.bundle ?? null,
          version: value?.version ?? null,
          document_id: value ? documentId(value.operation) : null,
        };
      }),
    };
  }
}

interface Indexed {
  bundle: string;
  version: string;
  operation: GrantedOperation;
}

function indexOf(versions: readonly GrantedVersion[]): OperationIndex<Indexed> {
  return new OperationIndex(
    versions.flatMap(({ bundle, version, operations }) =>
      operations.map((operation) => ({
        text: operation.document,
        docSha256: operation.doc_sha256,
        normSha256: operation.norm_sha256,
        normTypenameSha256: operation.norm_typename_sha256,
        names: [],
        value: { bundle, version, operation },
      })),
    ),
  );
}
