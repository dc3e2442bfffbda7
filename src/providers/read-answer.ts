import { GatewayError } from '../http/errors.ts';

/** Reads an answer to its end, as text, but no more of it than `bytesMax`. */
export async function readAnswerText(response: Response, bytesMax: number): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  // The body of a response is made of bytes; the type of the platform says that it is anything.
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    length += chunk.byteLength;
    if (length > bytesMax) {
      const message = `The provider answered more than ${bytesMax} bytes.`;
      throw new GatewayError('provider_error', message, { shouldRetry: false });
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
