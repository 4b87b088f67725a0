import { recoverBody } from '../deliveries/recovery.dto.js';
import { disabledText } from './notice-texts.js';

it.each(['failing', 'approval_revoked'])('tells a request that the API takes: %s', (reason) => {
  const { text } = disabledText('wh_1', 'app_1', reason, '2026-03-20T00:00:00.000Z');
  const [, body = ''] = /recover (\{.*\})$/.exec(text) ?? [];

  expect(recoverBody.safeParse(JSON.parse(body)).success).toBe(true);
});
