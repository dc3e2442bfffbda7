import type { CorsOrigins } from './http/cors.ts';
import { GatewayError } from './http/errors.ts';

/** The bindings that `wrangler.toml` declares, and variables that may be set, too. */
export interface Env extends Cloudflare.Env {
  readonly FAILURE_MODE?: string;
  readonly CORS_ORIGINS?: string;
  /** `npm start` makes it for itself, where it reports which clients have left. */
  readonly CLIENT_WATCH_KEY?: string;
}

/** The checked variables. */
interface Configuration {
  readonly adminKey: string;
  /** The first signs new keys; all verify. */
  readonly keySecrets: readonly [string, ...string[]];
  readonly failureMode: 'closed' | 'open';
  readonly allowPrivateUpstreams: boolean;
  readonly corsOrigins: CorsOrigins;
}

const checked = new WeakMap<object, Configuration>();

/** Throws a `configuration_error` that says which variable is wrong and why. It never shows a value. */
export function configuration(env: Env): Configuration {
  const known = checked.get(env);
  if (known !== undefined) return known;
  const value: Configuration = {
    adminKey: required(env, 'ADMIN_KEY'),
    keySecrets: keySecrets(env),
    failureMode: oneOf(env, 'FAILURE_MODE', ['closed', 'open']) ?? 'closed',
    allowPrivateUpstreams: oneOf(env, 'ALLOW_PRIVATE_UPSTREAMS', ['true', 'false']) === 'true',
    corsOrigins: corsOrigins(env),
  };
  for (const name of Object.keys(env)) if (name.startsWith('CREDITS_')) oneOf(env, name, ['true', 'false']);
  checked.set(env, value);
  return value;
}

/** A variable that the catalog or a convention names. Undefined if it is absent, empty or not a text. */
export function variable(env: Env, name: string): string | undefined {
  const value: unknown = Object.hasOwn(env, name) ? Reflect.get(env, name) : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return text === '' ? undefined : text;
}

function required(env: Env, name: string): string {
  const value = variable(env, name);
  if (value === undefined) {
    throw misconfigured(`The secret ${name} is not set: set it with "wrangler secret put ${name}", or in .dev.vars.`);
  }
  return value;
}

function keySecrets(env: Env): readonly [string, ...string[]] {
  const [first, ...rest] = list(required(env, 'KEY_SECRET'));
  if (first !== undefined) return [first, ...rest];
  throw misconfigured('The secret KEY_SECRET holds only commas: set it to a long random text.');
}

function oneOf<Value extends string>(env: Env, name: string, allowed: readonly Value[]): Value | undefined {
  const text = variable(env, name)?.toLowerCase();
  if (text === undefined) return undefined;
  const value = allowed.find((each) => each === text);
  if (value !== undefined) return value;
  throw misconfigured(`The variable ${name} must be ${allowed.join(' or ')}, or absent.`);
}

function corsOrigins(env: Env): CorsOrigins {
  const origins = list(variable(env, 'CORS_ORIGINS') ?? '');
  if (origins.includes('*')) return 'any';
  for (const origin of origins) {
    if (URL.parse(origin)?.origin !== origin) {
      throw misconfigured(
        'The variable CORS_ORIGINS must be "*" or origins such as https://app.example.com, without a ' +
          'path, comma-separated.',
      );
    }
  }
  return new Set(origins);
}

function misconfigured(message: string): GatewayError {
  return new GatewayError('configuration_error', message);
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
