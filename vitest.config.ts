import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { readWorkerOptions } from './src/local/worker-options.ts';

// A developer's own .dev.vars stay out of it: the tests know their variables, and reach no provider but their own.
const { bindings: declaredVariables, ...workerOptions } = readWorkerOptions();
const testVariables = {
  ...declaredVariables,
  ADMIN_KEY: 'test-admin-key',
  KEY_SECRET: 'test-key-secret',
  ALLOW_PRIVATE_UPSTREAMS: 'true',
};

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { test: { name: 'sim', include: ['test/sim/**/*.test.ts'], testTimeout: 600_000 } },
      { test: { name: 'sdk', include: ['test/sdk/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } },
      { test: { name: 'local', include: ['test/local/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } },
      {
        plugins: [
          cloudflareTest({
            main: './src/worker.ts',
            miniflare: { ...workerOptions, bindings: testVariables },
          }),
        ],
        test: { name: 'worker', include: ['test/worker/**/*.test.ts'], testTimeout: 30_000 },
      },
    ],
    coverage: {
      provider: 'istanbul',
      include: ['src/**/*.ts'],
      // These run as processes of their own, where nothing is instrumented: test/local and test/sdk start them.
      exclude: ['src/local/**'],
      reporter: ['text-summary', 'json-summary', 'html'],
      thresholds: {
        lines: 90,
        'src/ledger/**/*.ts': { branches: 100 },
      },
    },
  },
});
