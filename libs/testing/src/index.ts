export { ApiClient, type ApiAnswer, type ApiRequest } from './api-client.js';
export { Cable } from './cable.js';
export { DnsServer, type DnsAnswer, type DnsQuery } from './dns-server.js';
export { FixedClock } from './fixed-clock.js';
export { Loopback } from './loopback.js';
export { OwnPostgres } from './own-postgres.js';
export { type Answer, type ReceivedRequest, ReceiverServer, status } from './receiver-server.js';
export { TestCa, type IssueOptions, type TestCertificate } from './test-certificates.js';
export { TestDatabase } from './test-database.js';
