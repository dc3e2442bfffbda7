import { describe, expect, test } from 'vitest';
import { ResponseParser, headerOf } from '../load/response-parser.ts';

const fixed = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Request-Id: req_1\r\n\r\nhello';
const chunked =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' +
  '5\r\nhello\r\n' +
  '10;note=1\r\n, wide\r\nworld!..\r\n' +
  '0\r\n\r\n';

/** Feeds the bytes so many at a time, and answers the body and when the response was complete. */
function read(text: string, step: number): { body: string; status: number; doneAt: number | undefined } {
  let body = '';
  const parser = new ResponseParser((bytes) => {
    body += bytes.toString();
  });
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += step) {
    if (parser.feed(bytes.subarray(from, from + step))) return { body, status: parser.status, doneAt: from + step };
  }
  return { body, status: parser.status, doneAt: undefined };
}

describe('the driver reads a response', () => {
  test.each([1, 2, 3, 7, 1000])('with a content length, in pieces of %i bytes', (step) => {
    const { body, status, doneAt } = read(fixed, step);
    expect({ body, status }).toEqual({ body: 'hello', status: 200 });
    expect(doneAt).toBeGreaterThanOrEqual(fixed.length);
  });

  test.each([1, 2, 3, 7, 1000])('in chunks, in pieces of %i bytes', (step) => {
    const { body, doneAt } = read(chunked, step);
    expect(body).toBe('hello, wide\r\nworld!..');
    expect(doneAt).toBeGreaterThanOrEqual(chunked.length);
  });

  test('that ends with its connection', () => {
    const parser = new ResponseParser();
    expect(parser.feed(Buffer.from('HTTP/1.1 200 OK\r\n\r\nhello'))).toBe(false);
    expect(parser.end()).toBe(true);
  });

  test('and knows one that was cut from one that is whole', () => {
    const parser = new ResponseParser();
    parser.feed(Buffer.from(chunked.slice(0, -5)));
    expect(parser.end()).toBe(false);
  });

  test('without a body as complete with its head', () => {
    expect(read('HTTP/1.1 204 No Content\r\n\r\n', 1000).doneAt).toBeDefined();
    expect(read('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', 1000).doneAt).toBeDefined();
  });

  test('and finds its headers whatever their case, and never inside another', () => {
    const parser = new ResponseParser();
    parser.feed(Buffer.from('HTTP/1.1 200 OK\r\nNot-X-Request-Id: wrong\r\nX-Request-Id: req_1\r\n\r\n'));
    expect(headerOf(parser.head, 'x-request-id')).toBe('req_1');
    expect(headerOf(parser.head, 'retry-after')).toBeUndefined();
  });
});
