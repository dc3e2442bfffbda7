import { WorkerEntrypoint } from 'cloudflare:workers';
import { equalInConstantTime } from '../../constant-time.ts';
import type { Env } from '../../env.ts';
import { closedClients } from './client-signal.ts';

/**
 * Here `npm start` says which clients have closed their connections, one a line. It listens on a port of its own, and
 * nobody else has the key. Without the variable, as on Cloudflare, there is nothing here.
 */
export class ClientWatch extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    const key = this.env.CLIENT_WATCH_KEY;
    const isTrusted = key !== undefined && equalInConstantTime(request.headers.get('authorization') ?? '', key);
    if (!isTrusted) return new Response(null, { status: 404 });
    closedClients((await request.text()).split('\n'));
    return new Response(null, { status: 204 });
  }
}
