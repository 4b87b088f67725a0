import { Scope } from '#libs/entities';
import { Clock } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';

const maxAgeMs = 5_000;

/** The scope catalogue, read at most every five seconds: it changes by an operator's hand, not by traffic. */
@Injectable()
export class ScopeCatalogue {
  private scopes = new Map<string, Scope>();
  private readAtMs = Number.NEGATIVE_INFINITY;
  /** Under way, for all who ask meanwhile. */
  private reading: Promise<void> | undefined;

  constructor(
    @InjectRepository(Scope) private readonly repository: Repository<Scope>,
    private readonly clock: Clock,
  ) {}

  /** Every scope by name, unpublished ones included. Never in a transaction: it may take a connection of its own. */
  async all(): Promise<ReadonlyMap<string, Scope>> {
    if (this.clock.now() - this.readAtMs >= maxAgeMs) {
      this.reading ??= this.read().finally(() => {
        this.reading = undefined;
      });
      await this.reading;
    }
    return this.scopes;
  }

  private async read(): Promise<void> {
    const now = this.clock.now();
    const rows = await this.repository.find({ order: { name: 'ASC' } });
    this.scopes = new Map(rows.map((scope) => [scope.name, scope]));
    this.readAtMs = now;
  }

  /** The scopes a tenant sees. */
  async availableTo(tenantId: string): Promise<Scope[]> {
    return [...(await this.all()).values()].filter(
      (scope) => scope.publishedTo?.includes(tenantId) ?? true,
    );
  }
}
