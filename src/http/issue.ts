import type * as v from 'valibot';
import { GatewayError } from './errors.ts';

/** One thing that is wrong with what was sent: where, and what would be right. */
export interface Issue {
  /** `models["gpt-5.1"].targets[0].provider`; empty for the whole of it. */
  readonly path: string;
  /** A clause that follows the path: "must be …". */
  readonly message: string;
}

/** What valibot found, in words for whoever wrote the document. */
export function issuesOf(found: readonly v.BaseIssue<unknown>[]): Issue[] {
  return found.map((issue) => ({
    path: pathText((issue.path ?? []).map(({ key }) => key)),
    message: messageOf(issue),
  }));
}

/** The keys on the way to a value, as JavaScript would write them. */
export function pathText(keys: readonly unknown[]): string {
  return keys.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    const name = String(key);
    if (!/^[\w$-]+$/.test(name)) return `${text}[${JSON.stringify(name)}]`;
    return text === '' ? name : `${text}.${name}`;
  }, '');
}

/** A message of our own says what is right. Valibot's own only says what is wrong, and is put in our words. */
function messageOf(issue: v.BaseIssue<unknown>): string {
  if (!issue.message.startsWith('Invalid ')) return issue.message;
  if (issue.expected === 'never') return 'is not a known field: remove it, or correct its name';
  if (issue.received === 'undefined') return 'is missing';
  return `must be ${issue.expected ?? 'valid'}, not ${issue.received}`;
}

/** So many are told one by one. */
const issuesTold = 5;

/** The 400 that tells a client what to correct: the first issues in full, and how many others there are. */
export function invalidRequest(issues: readonly Issue[]): GatewayError {
  const [first] = issues;
  if (first === undefined) return new GatewayError('invalid_request', 'The request is not valid.');
  const told = issues.slice(0, issuesTold).map(({ path, message }) => {
    return `${path === '' ? 'The body' : path} ${message.replace(/\.$/, '')}`;
  });
  const others = issues.length - told.length;
  const more = others === 0 ? '' : ` (and ${others} more ${others === 1 ? 'problem' : 'problems'})`;
  const message = `${told.join('; ')}${more}.`;
  return new GatewayError('invalid_request', message, first.path === '' ? {} : { param: first.path });
}
