/** Crockford's digits: lower case, and none that is easily taken for another. */
const digits = '0123456789abcdefghjkmnpqrstvwxyz';

/** Five bits a digit. The bytes must fill whole digits, so that every text is the only spelling of its bytes. */
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

/** So many random bits, as text. */
export function randomBase32(bitCount: number): string {
  return base32(crypto.getRandomValues(new Uint8Array(bitCount / 8)));
}
