/** What looks like a credential, whoever's it is: providers quote them, partly starred out, in their messages. */
const secretLike = /\b(?:Bearer\s+\S+|(?:sk|pk|rk|gsk|xai|key|api|AIza)[-_][\w*.-]{6,}|AIza[\w-]{20,})/gi;
const longestMessage = 2000;

/** A provider's message, fit to be shown to a client: without the credentials used, or anything that looks like one. */
export function redact(message: string, secrets: readonly string[]): string {
  return withoutSecrets(message, secrets).replace(secretLike, '[redacted]').slice(0, longestMessage);
}

/** Of what is a name, such as the code of an error, which may well look like a credential without being one. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => (secret === '' ? left : left.replaceAll(secret, '[redacted]')), text);
}
