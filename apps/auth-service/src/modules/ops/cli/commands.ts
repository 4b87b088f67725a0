import { AdminTokenCommand } from './admin-token.command.js';
import { BootstrapCommand } from './bootstrap.command.js';
import { bundleCommands } from './bundles/index.js';
import { ChangeUserCommand } from './change-user.command.js';
import { CreateUserCommand } from './create-user.command.js';
import { PruneAuditCommand } from './prune-audit.command.js';
import { TenantStatusCommand } from './tenant-status.command.js';
import { VerifyAuditCommand } from './verify-audit.command.js';
import { CreateTenantCommand } from './create-tenant.command.js';
import { InviteUserCommand } from './invite-user.command.js';
import { ListKeysCommand } from './list-keys.command.js';
import { OperatorTokenCommand } from './operator-token.command.js';
import { PublishEventCommand } from './publish-event.command.js';
import { ResealKeysCommand } from './reseal-keys.command.js';
import { RevokeAllKeysCommand } from './revoke-all-keys.command.js';
import { RevokeKeyCommand } from './revoke-key.command.js';
import { RotateKeysCommand } from './rotate-keys.command.js';
import { RotateWebhookKeysCommand } from './rotate-webhook-keys.command.js';

export type { CliCommand } from './cli-command.js';

/** The registry: one line a command. `migrate` alone runs without the container and stands in cli.main.ts. */
export const cliCommands = [
  AdminTokenCommand,
  BootstrapCommand,
  ChangeUserCommand,
  CreateUserCommand,
  PruneAuditCommand,
  TenantStatusCommand,
  VerifyAuditCommand,
  CreateTenantCommand,
  InviteUserCommand,
  ListKeysCommand,
  OperatorTokenCommand,
  PublishEventCommand,
  ResealKeysCommand,
  RevokeAllKeysCommand,
  RevokeKeyCommand,
  RotateKeysCommand,
  RotateWebhookKeysCommand,
  ...bundleCommands,
];
