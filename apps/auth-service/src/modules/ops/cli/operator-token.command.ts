import { Database } from '#libs/foundation';
import { Injectable } from '@nestjs/common';
import { AuditLog, SYSTEM_TENANT, type TenantAdministrator } from '../../identity/index.js';
import { AccessTokenIssuer } from '../../oauth/index.js';
import type { CliCommand, CliOptions, CliResult } from './cli-command.js';
import { personName } from './person-name.js';
import { operatorScopes } from './operator-scopes.js';

const ttlSeconds = 3600;

/** Mints a token for the operator listener. Operators have names: approvals and the audit log need them. */
@Injectable()
export class OperatorTokenCommand implements CliCommand {
  readonly name = 'operator-token';
  readonly summary = 'Mint an operator token for one hour.';
  readonly options = { as: { value: '<name>', required: false } };

  constructor(
    private readonly issuer: AccessTokenIssuer,
    private readonly audit: AuditLog,
    private readonly database: Database,
  ) {}

  async run(options: CliOptions, by: TenantAdministrator): Promise<CliResult> {
    const name = personName(options.as);
    const { token, tokenId } = await this.issuer.issueOperatorToken(
      `opr:${name}`,
      operatorScopes,
      ttlSeconds,
    );
    await this.database.transaction((transaction) =>
      this.audit.record(transaction, {
        tenantId: SYSTEM_TENANT,
        actor: { kind: by.kind, id: by.name },
        action: 'operator_token.issued',
        target: { kind: 'operator', id: name },
        request: by.request,
        after: { jti: tokenId, ttl_seconds: ttlSeconds },
      }),
    );
    return { access_token: token, expires_in: ttlSeconds };
  }
}
