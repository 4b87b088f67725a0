import { CurrentOperator, Operator, type OperatorActor } from '#libs/guards';
import { Body, Controller, Get, Param, Put, SerializeOptions } from '@nestjs/common';
import type { z } from 'zod';
import { scopeName } from '../apps/apps.dto.js';
import { toAdministrator } from '../tenants/tenant-administrator.js';
import {
  catalogueScope,
  type CatalogueScope,
  listCatalogueResponse,
  scopeBody,
  type ScopeBody,
} from './scope-catalogue.dto.js';
import { ScopeEditing } from './scope-editing.service.js';

/** The scope catalogue, on the operator listener. */
@Controller('v1/scopes')
export class ScopeEditingController {
  constructor(private readonly scopes: ScopeEditing) {}

  @Get()
  @Operator('operator:catalogue')
  @SerializeOptions({ schema: listCatalogueResponse })
  async list(): Promise<z.output<typeof listCatalogueResponse>> {
    return { scopes: await this.scopes.list() };
  }

  @Put(':name')
  @Operator('operator:catalogue')
  @SerializeOptions({ schema: catalogueScope })
  async put(
    @CurrentOperator() operator: OperatorActor,
    @Param('name', { schema: scopeName }) name: string,
    @Body({ schema: scopeBody }) body: ScopeBody,
  ): Promise<CatalogueScope> {
    return this.scopes.put(toAdministrator(operator), name, body);
  }
}
