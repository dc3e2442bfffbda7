import { GatewayError } from '../http/errors.ts';
import { bodyBytesMax } from '../limits.ts';

/** The bytes of a request, refused as soon as they are known to be too many. */
export async function readBody(request: Request, bytesMax: number = bodyBytesMax): Promise<Uint8Array> {
  const announced = request.headers.get('content-length');
  if (announced !== null) {
    if (Number(announced) > bytesMax) throw tooLarge(bytesMax);
    // The platform holds a client to the length that it announced.
    return new Uint8Array(await request.arrayBuffer());
  }
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.byteLength;
    if (length > bytesMax) throw tooLarge(bytesMax);
    chunks.push(chunk);
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return body;
}

function tooLarge(bytesMax: number): GatewayError {
  const message = `The body is larger than ${bytesMax} bytes: send fewer or smaller messages, or URLs in place of files.`;
  return new GatewayError('request_too_large', message);
}
