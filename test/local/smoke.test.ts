import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { admin, projectRoot, spawnWeir, temporaryFolder } from './spawned-weir.ts';

const adminKey = 'admin-key-of-the-smoke-test';

/** What `node src/local/smoke.ts` prints, and its exit code. */
function smoke(url: string, environment: Record<string, string> = {}): Promise<{ code: unknown; said: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, ADMIN_KEY: '', ...environment };
    execFile(process.execPath, [join(projectRoot, 'src/local/smoke.ts'), url], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, said: stdout + stderr });
    });
  });
}

it('finds nothing wrong with a gateway that works, and leaves no key behind', async () => {
  const weir = await spawnWeir(temporaryFolder(), { ADMIN_KEY: adminKey }).welcome;
  const { code, said } = await smoke(weir.url, { ADMIN_KEY: adminKey });
  expect({ code, said }).toMatchObject({ code: 0 });
  for (const each of ['a call is answered', 'a stream ends', 'the third call of two is refused', 'a deleted key']) {
    expect(said).toContain(`  ok  ${each}`);
  }
  const users = JSON.stringify(await admin(weir, adminKey, 'GET', '/admin/users'));
  expect(users).not.toContain('smoke-');
});

it('makes no call without an admin key, and says so', async () => {
  const weir = await spawnWeir(temporaryFolder()).welcome;
  const { code, said } = await smoke(weir.url);
  expect({ code, said }).toMatchObject({ code: 0 });
  expect(said).toContain('ADMIN_KEY is not set, so no call was made.');
});

it('says in one line what is wrong', async () => {
  const server = createServer((_, response) => response.writeHead(500).end('out of order'));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  expect(await smoke(url)).toEqual({
    code: 1,
    said: `Trying out ${url}\nNot so: it is up. The answer was 500: out of order\n`,
  });
});

it('says that nothing answers, or that it was given no URL', async () => {
  const nothing = await smoke('http://127.0.0.1:9');
  expect(nothing.code).toBe(1);
  expect(nothing.said).toMatch(/^Trying out http:\/\/127\.0\.0\.1:9\nGET \/health got no answer: .*\n$/);
  expect(await smoke('weir')).toEqual({
    code: 1,
    said: 'Say which gateway to try out: node src/local/smoke.ts https://weir.example.com\n',
  });
});
