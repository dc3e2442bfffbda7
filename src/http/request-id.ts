/** `req_`, 9 digits of time and 16 random ones. Ids sort by time, and an id says where in a journal its call is. */

const timeDigits = 9;
const randomDigits = 16;
const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';
/** The largest multiple of 36 in a byte. A byte at or above it would favour the first digits. */
const fairBytes = 252;
const pattern = new RegExp(`^req_([0-9a-z]{${timeDigits}})[0-9a-z]{${randomDigits}}$`);

export function newRequestId(nowMs: number): string {
  return `req_${nowMs.toString(36).padStart(timeDigits, '0')}${randomText()}`;
}

/** When the request with this id began. Undefined for an id that is not ours. */
export function requestIdTimeMs(id: string): number | undefined {
  const time = pattern.exec(id)?.[1];
  return time === undefined ? undefined : Number.parseInt(time, 36);
}

function randomText(): string {
  let text = '';
  while (text.length < randomDigits) {
    for (const byte of crypto.getRandomValues(new Uint8Array(randomDigits + 4))) {
      if (byte < fairBytes && text.length < randomDigits) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}
