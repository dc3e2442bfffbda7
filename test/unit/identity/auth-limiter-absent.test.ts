import { expect, test } from 'vitest';
import { countFailedAuthentication } from '../../../src/identity/auth-limiter.ts';

test('where no rate limiter is bound, a failed authentication is slowed by nobody, and stays a 401', async () => {
  await expect(countFailedAuthentication({}, new Request('https://weir.example'))).resolves.toBeUndefined();
});
