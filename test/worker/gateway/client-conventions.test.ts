import { expect, test } from 'vitest';
import { hello, newKey, send } from '../../support/gateway.ts';
import { messageEvents } from '../../support/message-events.ts';

/** What clients rely on that nobody has told of Weir. */

const message = { model: 'echo', max_tokens: 50, messages: hello };

test('a translated stream of Messages tells about what was put in at once, and exactly at its end', async () => {
  const { key } = await newKey();
  const whole = await send(key, { method: 'POST', path: '/v1/messages', body: message });
  const exact = (whole.json as { usage: { input_tokens: number } }).usage.input_tokens;
  const { text } = await send(key, { method: 'POST', path: '/v1/messages', body: { ...message, stream: true } });
  const events = messageEvents(text).map(({ data }) => data);
  const [begun] = events;
  const about = (begun as { message: { usage: { input_tokens: number } } }).message.usage.input_tokens;
  expect(about).toBeGreaterThan(0);
  // Four letters or so make a token, and the estimate takes all that is around them for text.
  expect(about).toBeLessThan(10 * exact);
  expect(events.at(-2)).toMatchObject({ type: 'message_delta', usage: { input_tokens: exact } });
});
