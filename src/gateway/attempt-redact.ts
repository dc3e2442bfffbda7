/** What looks like a credential, whoever's it is: providers quote them, partly starred out, in their messages. */
const secretLike = /\b(?:Bearer\s+\S+|(?:sk|pk|rk|gsk|xai|key|api|AIza)[-_][\w*.-]{6,}|AIza[\w-]{20,})/gi;
const longestMessage = 2000;

/** A provider's message, fit to be shown to a client: without the credentials used, or anything that looks like one. */
export function redact(message: string, secrets: readonly string[]): string {
  let redacted = message;
  for (const secret of secrets) if (secret !== '') redacted = redacted.replaceAll(secret, '[redacted]');
  return redacted.replace(secretLike, '[redacted]').slice(0, longestMessage);
}
