export { type CliCommand, cliCommands } from './cli/commands.js';
export { OpsModule } from './ops.module.js';
