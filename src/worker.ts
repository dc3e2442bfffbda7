export { Admin } from './admin/admin-entrypoint.ts';
export { Directory } from './admin/directory.ts';
export { ProviderHealth } from './health/provider-health.ts';
export { TenantActor } from './tenant/tenant-actor.ts';

export default {
  fetch(): Response {
    return new Response(null, { status: 404 });
  },
} satisfies ExportedHandler;
