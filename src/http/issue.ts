import type * as v from 'valibot';
import { GatewayError } from './errors.ts';

/** One problem with what was sent: where it is, and what would be right. */
export interface Issue {
  /** `models["gpt-5.1"].targets[0].provider`; empty for the whole value. */
  readonly path: string;
  /** A clause that follows the path: "must be …". */
  readonly message: string;
}

/** The issues that valibot found, in words for whoever wrote the document. */
export function issuesOf(found: readonly v.BaseIssue<unknown>[]): Issue[] {
  return found.map((issue) => ({
    path: pathText((issue.path ?? []).map(({ key }) => key)),
    message: messageOf(issue),
  }));
}

/** The path to a value, as JavaScript would write it. */
export function pathText(keys: readonly unknown[]): string {
  return keys.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    const name = String(key);
    if (!/^[\w$-]+$/.test(name)) return `${text}[${JSON.stringify(name)}]`;
    return text === '' ? name : `${text}.${name}`;
  }, '');
}

/** Our own messages say what is right. Valibot's only say what is wrong, so they are put in our words. */
function messageOf(issue: v.BaseIssue<unknown>): string {
  if (!issue.message.startsWith('Invalid ')) return issue.message;
  if (issue.expected === 'never') return 'is not a known field: remove it, or correct its name';
  if (issue.received === 'undefined') return 'is missing';
  return `must be ${issue.expected ?? 'valid'}, not ${issue.received}`;
}

/** So many issues are told one by one. */
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
  return new GatewayError('invalid_request', message, { param: first.path === '' ? undefined : first.path });
}
