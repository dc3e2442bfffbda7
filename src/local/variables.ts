/**
 * The Worker's variables on a local machine: everything in `.dev.vars`, and what Weir knows of the environment. The
 * environment wins, so that one start can differ from the file. An empty value counts as absent.
 */

import { readFileSync } from 'node:fs';
import { errorCode, Problem } from './problem.ts';

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Other variables of the environment stay out of the Worker. Put one that a catalog names into `.dev.vars`. */
const fromEnvironment = [
  /^[A-Z][A-Z0-9_]*_API_KEY$/,
  /^CREDITS_[A-Z0-9_]+$/,
  /^(CLOUDFLARE_ACCOUNT_ID|CLOUDFLARE_API_TOKEN|AI_GATEWAY_ACCOUNT_ID|AI_GATEWAY_ID|AI_GATEWAY_TOKEN)$/,
  /^(LANGFUSE_PUBLIC_KEY|LANGFUSE_SECRET_KEY|LANGFUSE_HOST|POSTHOG_HOST)$/,
  /^(OTEL_EXPORTER_OTLP_ENDPOINT|OTEL_EXPORTER_OTLP_HEADERS|ALERT_WEBHOOK_URL|WEBHOOK_SECRET)$/,
  /^(ADMIN_KEY|KEY_SECRET|JWT_ISSUERS|CORS_ORIGINS|FAILURE_MODE|ALLOW_PRIVATE_UPSTREAMS)$/,
];

export function readVariables(devVarsPath: string, environment: NodeJS.ProcessEnv): Record<string, string> {
  const variables = readDevVars(devVarsPath);
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && fromEnvironment.some((pattern) => pattern.test(name))) variables[name] = value;
  }
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
}

function readDevVars(path: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return {};
    throw new Problem(`Could not read ${path}: ${String(error)}`);
  }
  return parseDevVars(text, path);
}

/** Reads such a file like `wrangler dev`, but refuses a line that makes no sense instead of skipping it. */
export function parseDevVars(text: string, path: string): Record<string, string> {
  const variables: Record<string, string> = {};
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = (lines[index] ?? '').trim();
    if (line === '' || line.startsWith('#')) continue;
    const where = `${path}, line ${index + 1}`;
    const equals = line.indexOf('=');
    if (equals === -1) throw new Problem(`${where}: expected NAME=value.`);
    const name = line
      .slice(0, equals)
      .replace(/^export\s+/, '')
      .trim();
    if (!namePattern.test(name)) {
      throw new Problem(`${where}: a name is letters, digits and "_", and does not begin with a digit.`);
    }
    let value = line.slice(equals + 1).trim();
    const quote = value[0];
    if (quote === '"' || quote === "'" || quote === '`') {
      while (value.indexOf(quote, 1) === -1) {
        index++;
        const next = lines[index];
        if (next === undefined) throw new Problem(`${where}: the value's opening ${quote} is never closed.`);
        value += `\n${next}`;
      }
      const end = value.indexOf(quote, 1);
      if (!/^\s*(#.*)?$/.test(value.slice(end + 1))) {
        throw new Problem(`${where}: there is text after the value's closing ${quote}.`);
      }
      value = value.slice(1, end);
      if (quote === '"') value = value.replaceAll('\\n', '\n').replaceAll('\\r', '\r');
    } else {
      value = value.replace(/(^|\s)#.*$/, '').trim();
    }
    variables[name] = value;
  }
  return variables;
}
