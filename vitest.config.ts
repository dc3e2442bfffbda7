import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { type TestProjectInlineConfiguration, defineConfig } from 'vitest/config';
import { readWorkerOptions } from './src/local/worker-options.ts';

// A developer's own .dev.vars stay out of it: the tests know their variables, and reach no provider but their own.
const { bindings: declaredVariables, ...workerOptions } = readWorkerOptions();
const testVariables = {
  ...declaredVariables,
  ADMIN_KEY: 'test-admin-key',
  KEY_SECRET: 'test-key-secret',
  ALLOW_PRIVATE_UPSTREAMS: 'true',
};

/** Modules of data, which wrangler hands to the Worker as they are. */
const dataModules = {
  name: 'data-modules',
  enforce: 'pre' as const,
  load: (id: string) => {
    if (id.endsWith('.txt')) return `export default ${JSON.stringify(readFileSync(id, 'utf8'))};`;
    if (id.endsWith('.bin')) return `export default Uint8Array.fromBase64('${readFileSync(id, 'base64')}').buffer;`;
    return undefined;
  },
};

/** Files of all kinds run side by side: some wait for programs and runtimes while others keep the cores busy. */
const maxWorkers = 3;

/**
 * Tests in workerd share a runtime, because it takes longer to load the Worker than to run most files. Those that set
 * the clock share another one. A test that would trouble even these says why in its first line, and is alone.
 */
const workerTests = globSync('test/worker/**/*.test.ts', { cwd: import.meta.dirname }).toSorted();
const beginsWith = (words: string) => (path: string) =>
  readFileSync(join(import.meta.dirname, path), 'utf8').startsWith(words);
const alone = workerTests.filter(beginsWith('// A runtime of its own: '));
const withClock = workerTests.filter(beginsWith('// Sets the clock.'));
const together = workerTests.filter((path) => !alone.includes(path) && !withClock.includes(path));

function inWorkerd(name: string, include: string[], isolate: boolean): TestProjectInlineConfiguration {
  return {
    plugins: [
      dataModules,
      cloudflareTest({ main: './src/worker.ts', miniflare: { ...workerOptions, bindings: testVariables } }),
    ],
    test: { name, include, isolate, testTimeout: 120_000, maxWorkers },
  };
}

/** Pure code: no file relies on a module that is new, so they share what they import. */
const pure = { maxWorkers, isolate: false };

/** For tests that start whole programs, on a machine that has other things to do. */
const patient = { testTimeout: 300_000, hookTimeout: 300_000 };

// The programs for Node are processes of their own: V8 counts there what was run, for src/local/program-coverage.ts.
const countsAll = process.env['COVERAGE'] === 'all';
const programEnvironment = countsAll ? { NODE_V8_COVERAGE: join(import.meta.dirname, 'coverage', 'programs') } : {};
const ledger = 'src/core/{ledger,money}/**/*.ts';

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [dataModules],
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 120_000, ...pure },
      },
      {
        plugins: [dataModules],
        test: { name: 'sim', include: ['test/sim/**/*.test.ts'], testTimeout: 600_000, ...pure },
      },
      {
        test: { name: 'sdk', include: ['test/sdk/**/*.test.ts'], maxWorkers, ...patient, env: programEnvironment },
      },
      {
        test: {
          name: 'local',
          include: ['test/local/**/*.test.ts'],
          maxWorkers,
          ...patient,
          env: programEnvironment,
        },
      },
      inWorkerd('worker', together, false),
      inWorkerd('worker-clock', withClock, false),
      inWorkerd('worker-alone', alone, true),
    ],
    coverage: {
      provider: 'istanbul',
      // To count in all files makes every test slower, so only `npm run coverage` does that. The share of all lines is
      // checked by src/local/program-coverage.ts, which knows more of the programs for Node.
      include: [countsAll ? 'src/**/*.ts' : ledger],
      reporter: ['text-summary', ...(countsAll ? ['json-summary', 'html'] : [])],
      thresholds: { [ledger]: { branches: 100 } },
    },
  },
});
