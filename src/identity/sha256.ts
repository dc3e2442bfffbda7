const encoder = new TextEncoder();
const hexadecimal = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** SHA-256 of bytes, or of a text in UTF-8, in hexadecimal. */
export async function sha256Hex(data: string | Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', typeof data === 'string' ? encoder.encode(data) : data);
  let hex = '';
  for (const byte of new Uint8Array(digest)) hex += hexadecimal[byte];
  return hex;
}
