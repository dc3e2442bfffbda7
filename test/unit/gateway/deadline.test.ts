import { expect, it } from 'vitest';
import { deadlineOf } from '../../../src/gateway/request/call-signals.ts';
import { callMsMax } from '../../../src/limits.ts';

it('is what the client gave, and says so', () => {
  const { deadlineMs, timeIsOver } = deadlineOf(1000, 5000);
  expect(deadlineMs).toBe(6000);
  expect(timeIsOver).toContain('x-gateway-timeout-ms');
});

it('is an hour where the client gave none, and names no header that nobody sent', () => {
  const { deadlineMs, timeIsOver } = deadlineOf(1000, undefined);
  expect(deadlineMs).toBe(1000 + callMsMax);
  expect(timeIsOver).toBe('A call may take an hour at most, and that is over.');
});
