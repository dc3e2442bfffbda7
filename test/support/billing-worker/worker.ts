import type { Admin } from '../../../src/admin/admin-entrypoint.ts';

interface BillingEnv {
  readonly WEIR: Service<typeof Admin>;
}

/** POST /sell?email=…&usd=… sells a key with that much money on it; GET /spent?user=… says what became of it. */
export default {
  async fetch(request: Request, { WEIR: weir }: BillingEnv): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/spent') return Response.json(await weir.userUsage(searchParams.get('user') ?? ''));

    const user = await weir.createUser({ email: searchParams.get('email') ?? '' });
    if (!user.ok) return Response.json(user.error, { status: 422 });
    const max = searchParams.get('usd') ?? '0';
    const key = await weir.createKey(user.data.id, { name: 'bought', limits: [{ metric: 'usd', per: 'total', max }] });
    if (!key.ok) return Response.json(key.error, { status: 422 });
    return Response.json({ user: user.data.id, key: key.data.key });
  },
} satisfies ExportedHandler<BillingEnv>;
