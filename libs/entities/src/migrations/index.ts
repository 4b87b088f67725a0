import { Identity1763900000000 } from './1763900000000-identity.js';
import { Webhooks1763900100000 } from './1763900100000-webhooks.js';
import { Governance1763900200000 } from './1763900200000-governance.js';
import { AuditCheckpoint1763900220000 } from './1763900220000-audit-checkpoint.js';
import { SecretNotices1763900230000 } from './1763900230000-secret-notices.js';
import { TokenQuota1763900310000 } from './1763900310000-token-quota.js';
import { SigningKeyNotify1763900320000 } from './1763900320000-signing-key-notify.js';
import { OAuth1763900330000 } from './1763900330000-oauth.js';
import { AuthorizationRequestApp1763900340000 } from './1763900340000-authorization-request-app.js';
import { SessionLineage1763900350000 } from './1763900350000-session-lineage.js';
import { CodeDestination1763900370000 } from './1763900370000-code-destination.js';
import { Bundles1763900400000 } from './1763900400000-bundles.js';
import { WebhookDelivery1763900410000 } from './1763900410000-webhook-delivery.js';
import { WebhookHealth1763900420000 } from './1763900420000-webhook-health.js';
import { OutboxFairness1763900430000 } from './1763900430000-outbox-fairness.js';
import { WebhookNoticeMail1763900440000 } from './1763900440000-webhook-notice-mail.js';
import { TestDeliveryIndex1763900450000 } from './1763900450000-test-delivery-index.js';
import { TwoRoles1763900600000 } from './1763900600000-two-roles.js';
import { SubscriptionOrder1763900700000 } from './1763900700000-subscription-order.js';
import { ConsentAsShown1763901100000 } from './1763901100000-consent-as-shown.js';
import { AccountIndexes1763901200000 } from './1763901200000-account-indexes.js';
import { SubscriptionSince1763901300000 } from './1763901300000-subscription-since.js';
import { SweepIndexes1763901310000 } from './1763901310000-sweep-indexes.js';
import { DeliveryTypeIndex1763901320000 } from './1763901320000-delivery-type-index.js';
import { WebhookChanged1763901400000 } from './1763901400000-webhook-changed.js';
import { AttachedPartitions1763901410000 } from './1763901410000-attached-partitions.js';
import { PendingIndexes1763901420000 } from './1763901420000-pending-indexes.js';
import { LeasedIndex1763901430000 } from './1763901430000-leased-index.js';
import { AuditLogIndexes1763901440000 } from './1763901440000-audit-log-indexes.js';
import { SessionSuccessor1763901450000 } from './1763901450000-session-successor.js';
import { NoticeRecipients1763901460000 } from './1763901460000-notice-recipients.js';
import { GrantEndIndexes1763901470000 } from './1763901470000-grant-end-indexes.js';

/** Append-only: yesterday's code runs on today's schema. */
export const migrations = [
  Identity1763900000000,
  Webhooks1763900100000,
  Governance1763900200000,
  AuditCheckpoint1763900220000,
  SecretNotices1763900230000,
  TokenQuota1763900310000,
  SigningKeyNotify1763900320000,
  OAuth1763900330000,
  AuthorizationRequestApp1763900340000,
  SessionLineage1763900350000,
  CodeDestination1763900370000,
  Bundles1763900400000,
  WebhookDelivery1763900410000,
  WebhookHealth1763900420000,
  OutboxFairness1763900430000,
  WebhookNoticeMail1763900440000,
  TestDeliveryIndex1763900450000,
  TwoRoles1763900600000,
  SubscriptionOrder1763900700000,
  ConsentAsShown1763901100000,
  AccountIndexes1763901200000,
  SubscriptionSince1763901300000,
  SweepIndexes1763901310000,
  DeliveryTypeIndex1763901320000,
  WebhookChanged1763901400000,
  AttachedPartitions1763901410000,
  PendingIndexes1763901420000,
  LeasedIndex1763901430000,
  AuditLogIndexes1763901440000,
  SessionSuccessor1763901450000,
  NoticeRecipients1763901460000,
  GrantEndIndexes1763901470000,
];
