/** A vector as OpenAI writes it in base64: numbers of single precision, least byte first. */
export function embeddingBase64(vector: ArrayLike<number>): string {
  const view = new DataView(new ArrayBuffer(vector.length * Float32Array.BYTES_PER_ELEMENT));
  for (let at = 0; at < vector.length; at += 1) {
    view.setFloat32(at * Float32Array.BYTES_PER_ELEMENT, vector[at] ?? 0, true);
  }
  let characters = '';
  for (let at = 0; at < view.byteLength; at += 1) characters += String.fromCharCode(view.getUint8(at));
  return btoa(characters);
}
