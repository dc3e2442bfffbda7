/** The bindings that `wrangler.toml` declares, and the variables that may be set beside them. */
export interface Env extends Cloudflare.Env {
  readonly ADMIN_KEY?: string;
  readonly KEY_SECRET?: string;
  readonly FAILURE_MODE?: string;
  readonly CORS_ORIGINS?: string;
}
