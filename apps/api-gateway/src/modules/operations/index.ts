export { OperationsModule } from './operations.module.js';
export { printGatewaySchema } from './schema/print-gateway-schema.js';
