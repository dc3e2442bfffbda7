import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { projectRoot, temporaryFolder } from './spawned-weir.ts';

const program = join(projectRoot, 'src/local/compare-prices.ts');

function comparePrices(...args: string[]): Promise<{ code: unknown; said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, said: stdout + stderr });
    });
  });
}

function written(name: string, content: unknown): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const prices = (input: number) => ({ 'gpt-5-mini': { input_cost_per_token: input, output_cost_per_token: 2e-6 } });

it('ends well where the bundled catalog agrees with a list', async () => {
  const { code, said } = await comparePrices(written('prices.json', prices(2.5e-7)));
  expect({ code, said }).toEqual({
    code: 0,
    said: expect.stringMatching(/^1 target compared .* 0 prices differ\.\n$/),
  });
});

it('prints each difference, and ends with 1', async () => {
  const { code, said } = await comparePrices(written('prices.json', prices(3e-7)));
  expect(code).toBe(1);
  expect(said).toContain('gpt-5-mini  openai  input  ours $0.25  theirs $0.3');
  expect(said).toContain('1 price differs.');
});

it('reads a list from a server, and a catalog from a file', async () => {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/models' ? 200 : 404);
    response.end(JSON.stringify({ data: [{ id: 'm', pricing: { prompt: '0.000001', completion: '0.000002' } }] }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const url = `http://127.0.0.1:${address.port}`;

  const catalog = written('catalog.json', {
    providers: { openrouter: { kind: 'openai', baseUrl: 'http://127.0.0.1:1/v1' } },
    models: {
      mine: {
        targets: [{ provider: 'openrouter', model: 'm' }],
        price: { input: '1', output: '4' },
        contextTokens: 10,
        maxOutputTokens: 10,
      },
    },
  });
  const { code, said } = await comparePrices(`${url}/models`, '--catalog', catalog);
  expect(code).toBe(1);
  expect(said).toContain('mine  openrouter/m  output  ours $4  theirs $2');
  expect((await comparePrices(`${url}/other`)).said).toContain('it answered 404');
});

it.each<[what: string, args: () => string[], line: string]>([
  ['no list', () => [], 'Say which price list to compare with'],
  ['an unknown option', () => ['list.json', '--all'], 'Say which price list to compare with'],
  ['a file that is not there', () => ['no-such.json'], "no-such.json can't be read"],
  ['what is not JSON', () => [written('text.json', 'prices')], 'is not JSON'],
  ['what is no price list', () => [written('empty.json', {})], 'is neither'],
  [
    'what is no catalog',
    () => [written('prices.json', prices(1)), '--catalog', written('catalog.json', { models: {} })],
    'is not a catalog: providers is missing',
  ],
])('says in one line that it was given %s', async (_what, args, line) => {
  const { code, said } = await comparePrices(...args());
  expect(code).toBe(1);
  expect(said).toContain(line);
  expect(said.trim().split('\n')).toHaveLength(1);
});
