import { asRecord, asText, parseJson } from '../../protocols/json/json-value.ts';

/** Whom a request names as its end user, and in which session: Claude Code says both in the one field it has. Pure. */
interface NamedUser {
  readonly endUser: string | undefined;
  readonly session: string | undefined;
}

/** What Claude Code wrote until 2.1.77: the account is only there for those who have signed in to one. */
const inText = /^user_([^_]+)_account_([^_]*)_session_(.+)$/;

/** The person is the account, or else the device, which is all that is known without one. */
export function namedUser(named: string | undefined): NamedUser {
  const [, device, account, session] = inText.exec(named ?? '') ?? [];
  if (session !== undefined) return { endUser: account === '' ? device : account, session };
  const said = named?.startsWith('{') === true ? asRecord(parseJson(named)) : undefined;
  const person = filled(said?.['account_uuid']) ?? filled(said?.['device_id']);
  const told = filled(said?.['session_id']);
  // Any other client may name its users in JSON of its own.
  if (person === undefined && told === undefined) return { endUser: named, session: undefined };
  return { endUser: person, session: told };
}

function filled(value: unknown): string | undefined {
  const text = asText(value);
  return text === '' ? undefined : text;
}
