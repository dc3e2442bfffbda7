/**
 * What looks like a credential of anyone: providers quote them in their messages, with some of the characters replaced
 * by stars.
 */
const secretLike = /\b(?:Bearer\s+\S+|(?:sk|pk|rk|gsk|xai|key|api|AIza)[-_][\w*.-]{6,}|AIza[\w-]{20,})/gi;
const longestMessage = 2000;

/** A provider's message that a client may see: without the credentials used, or anything that looks like one. */
export function redact(message: string, secrets: readonly string[]): string {
  return withoutSecrets(message, secrets).replace(secretLike, '[redacted]').slice(0, longestMessage);
}

/** For names, such as the code of an error, that may look like a credential without being one. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => (secret === '' ? left : left.replaceAll(secret, '[redacted]')), text);
}
