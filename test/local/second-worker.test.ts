import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from 'miniflare';
import { expect, it, onTestFinished } from 'vitest';
import { readBuild } from '../../src/local/build.ts';
import { runWrangler } from '../../src/local/bundle.ts';
import { projectRoot, temporaryFolder } from './spawned-weir.ts';

/** The gateway and another Worker with a service binding to its `Admin`, both as wrangler would deploy them. */
async function gatewayAndBilling(): Promise<{ gateway: URL; billing: URL }> {
  const folder = temporaryFolder();
  const config = join(projectRoot, 'test/support/billing-worker/wrangler.toml');
  const built = await runWrangler(['deploy', '--dry-run', `--config=${config}`, `--outdir=${folder}/billing`], {
    environment: { HOME: folder, XDG_CONFIG_HOME: folder },
  });
  expect(built.code, built.output).toBe(0);
  const { folder: modulesRoot, bundle, options } = await readBuild(join(folder, 'weir'));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: [
        {
          ...options,
          bindings: { ...options.bindings, ADMIN_KEY: 'admin-key', KEY_SECRET: 'key-secret' },
          modules: bundle.map((module) => ({ ...module })),
          modulesRoot,
          unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
          unsafeRegisterWorker: false,
        },
        {
          name: 'billing',
          compatibilityDate: '2026-09-18',
          modules: [{ type: 'ESModule', path: join(folder, 'billing', 'worker.js') }],
          modulesRoot: join(folder, 'billing'),
          serviceBindings: { WEIR: { name: options.name, entrypoint: 'Admin', props: { caller: 'billing' } } },
          unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
          unsafeRegisterWorker: false,
        },
      ],
      resourcePersistencePath: join(folder, 'state'),
      cf: false,
      log: new NoOpLog(),
    }),
  );
  onTestFinished(() => miniflare.dispose());
  await miniflare.ready;
  return {
    gateway: await miniflare.unsafeGetDirectURL(options.name),
    billing: await miniflare.unsafeGetDirectURL('billing'),
  };
}

it('lets another Worker make users and keys over its binding, with no admin key', async () => {
  const { gateway, billing } = await gatewayAndBilling();
  const sold = await fetch(new URL('/sell?email=ada@example.com&usd=5', billing), { method: 'POST' });
  const { user, key } = JSON.parse(await sold.text());
  expect(key).toMatch(/^weir_live_/);

  const call = await fetch(new URL('/v1/chat/completions', gateway), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'echo', messages: [{ role: 'user', content: 'hello' }] }),
  });
  expect(call.status).toBe(200);
  expect(call.headers.get('x-gateway-limit-usd')).toMatch(/^5(\.0+)?$/);

  const spent = await fetch(new URL(`/spent?user=${user}`, billing));
  expect(await spent.json()).toMatchObject({ ok: true });

  const audit = await fetch(new URL(`/admin/users/${user}`, gateway), {
    headers: { authorization: 'Bearer admin-key' },
  });
  expect(await audit.json()).toMatchObject({ id: user, email: 'ada@example.com' });
});

it('tells another Worker what it refuses, as a value', async () => {
  const { billing } = await gatewayAndBilling();
  const refused = await fetch(new URL('/sell?email=nobody&usd=5', billing), { method: 'POST' });
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({ code: 'invalid_request', param: 'email' });
});
