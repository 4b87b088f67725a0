/** What a person reads of a webhook's trouble: its id and its app, never its URL, which may hold a token. */
export interface NoticeText {
  subject: string;
  text: string;
}

const reasons: Readonly<Record<string, string>> = {
  failing: 'because nothing it was sent has arrived for five days',
  gone: 'because its receiver answered 410 Gone',
  receiver_request: 'because its receiver asked for it',
  approval_revoked: 'because its app is no longer approved for any of its event types',
};

export function failingText(webhookId: string, appId: string, since: string): NoticeText {
  return {
    subject: `Webhook ${webhookId} is failing`,
    text: [
      `The webhook ${webhookId} of the app ${appId} has been failing since ${since}.`,
      'It is disabled after five days without a success. What went wrong stands in its history:',
      `GET /v1/webhooks/${webhookId}/deliveries?include=attempts`,
    ].join('\n'),
  };
}

/** @param since where a recovery of all that was missed begins */
export function disabledText(
  webhookId: string,
  appId: string,
  reason: string | null,
  since: string,
): NoticeText {
  // What was pending then is canceled, which no recovery takes unless told.
  const body =
    reason === 'approval_revoked'
      ? { since, statuses: ['failed', 'canceled', 'skipped'] }
      : { since };
  return {
    subject: `Webhook ${webhookId} was disabled`,
    text: [
      `The webhook ${webhookId} of the app ${appId} was disabled ${reasons[reason ?? ''] ?? 'by us'}.`,
      'Events are recorded as skipped until it is enabled again, and can be sent after that:',
      `PUT /v1/webhooks/${webhookId} {"enabled":true}, then, with a time at most 14 days back,`,
      `POST /v1/webhooks/${webhookId}/recover ${JSON.stringify(body)}`,
    ].join('\n'),
  };
}

export function backlogText(pending: number, limit: number): NoticeText {
  return {
    subject: 'Webhook deliveries are piling up',
    text: [
      `${pending} deliveries of your webhooks are pending; the soft limit is ${limit}.`,
      'Above the hard limit new ones are only recorded, as skipped. Look for receivers that are slow or down:',
      'GET /v1/webhooks, members status and failing_since',
    ].join('\n'),
  };
}
