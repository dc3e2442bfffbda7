/** Crockford's digits, in lower case. None is easily taken for another. */
const digits = '0123456789abcdefghjkmnpqrstvwxyz';

/** Five bits a digit. The bytes must fill whole digits, so that there is one spelling for the same bits. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let bitCount = 0;
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xfff;
    bitCount += 8;
    while (bitCount >= 5) {
      bitCount -= 5;
      text += digits[(bits >> bitCount) & 31];
    }
  }
  return text;
}

export function randomBase32(bitCount: number): string {
  return base32(crypto.getRandomValues(new Uint8Array(bitCount / 8)));
}
