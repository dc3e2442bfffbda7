import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../src/http/errors.ts';
import { type SseBlock, SseScanner, sseComment, sseData } from '../../../src/protocols/sse.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Scanned {
  readonly bytes: string;
  /** What each event that has any says, in order. */
  readonly data: readonly string[];
}

function scan(chunks: readonly Uint8Array[], eventBytesMax?: number): Scanned {
  const scanner = new SseScanner(eventBytesMax);
  const blocks: SseBlock[] = [];
  for (const chunk of chunks) {
    const block = scanner.push(chunk);
    if (block !== undefined) blocks.push(block);
  }
  const rest = scanner.end();
  if (rest !== undefined) blocks.push(rest);
  const length = blocks.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const whole = new Uint8Array(length);
  let at = 0;
  for (const { bytes } of blocks) {
    whole.set(bytes, at);
    at += bytes.length;
  }
  const data = blocks.flatMap(({ events }) => events.map((event) => event.data)).filter((each) => each !== undefined);
  return { bytes: decoder.decode(whole), data };
}

function scanText(text: string): Scanned {
  return scan([encoder.encode(text)]);
}

/** A stream as servers write them: every sort of line, and every sort of line end. */
const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
const character = fc.constantFrom('a', ' ', ':', '"', 'é', '水', '🌊', '{', '\\');
const text = fc.array(character, { maxLength: 8 }).map((characters) => characters.join(''));
const line = fc.oneof(
  text.map((value) => `data: ${value}`),
  text.map((value) => `data:${value}`),
  fc.constant('data'),
  text.map((value) => `: ${value}`),
  text.map((value) => `event: ${value}`),
  fc.constant('id: 1'),
);
const event = fc
  .tuple(fc.array(fc.tuple(line, lineEnd), { minLength: 1, maxLength: 4 }), lineEnd)
  .map(([lines, end]) => lines.map(([content, lineEnding]) => content + lineEnding).join('') + end);
const stream = fc
  .tuple(fc.array(event, { maxLength: 6 }), fc.option(line, { nil: '' }))
  .map(([events, rest]) => events.join('') + rest);

describe('SseScanner', () => {
  test('finds the same events and passes the same bytes wherever the chunks are split', () => {
    fc.assert(
      fc.property(stream, (sent) => {
        const bytes = encoder.encode(sent);
        const whole = scan([bytes]);
        expect(whole.bytes).toBe(sent);
        for (let at = 0; at <= bytes.length; at += 1) {
          expect(scan([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
        }
        expect(scan([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
      }),
    );
  });

  test('says where in its bytes each event lies, whatever room its letters take', () => {
    fc.assert(
      fc.property(stream, (sent) => {
        const bytes = encoder.encode(`${sent}\n\n`);
        const { bytes: whole = bytes, events = [] } = new SseScanner().push(bytes) ?? {};
        expect(events.map(({ start }) => start)).toEqual([0, ...events.map(({ end }) => end)].slice(0, events.length));
        for (const { start, end, data } of events) {
          expect(scan([whole.subarray(start, end)]).data).toEqual(data === undefined ? [] : [data]);
        }
      }),
    );
  });

  test('finds the same events in bytes that are no text, wherever the chunks are split', () => {
    const anyByte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0x0a, 0xef, 0xbb, 0xbf, 0xe6, 0x3a));
    fc.assert(
      fc.property(fc.array(fc.array(anyByte, { maxLength: 6 }), { maxLength: 5 }), (events) => {
        const bytes = Uint8Array.from(events.flatMap((each) => [...encoder.encode('data:'), ...each, 0x0a, 0x0a]));
        const whole = scan([bytes]);
        for (let at = 0; at <= bytes.length; at += 1) {
          expect(scan([bytes.subarray(0, at), bytes.subarray(at)]).data).toEqual(whole.data);
        }
      }),
    );
  });

  test('finds what a parser by the letter of the standard finds', () => {
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: 7 }), (sent, size) => {
        const bytes = encoder.encode(sent);
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        );
        expect(scan(chunks).data).toEqual(dataByTheStandard(sent));
      }),
    );
  });

  test.each([
    ['a line feed', 'data: 1\n\ndata: 2\n\n'],
    ['a carriage return and a line feed', 'data: 1\r\n\r\ndata: 2\r\n\r\n'],
    ['a carriage return', 'data: 1\r\rdata: 2\r\r'],
    ['a mixture', 'data: 1\r\n\ndata: 2\n\r\n'],
  ])('takes %s for the end of a line', (_, sent) => {
    expect(scanText(sent)).toEqual({ bytes: sent, data: ['1', '2'] });
  });

  test('gives an event as soon as its blank line has begun, even if a line feed may follow', () => {
    const scanner = new SseScanner();
    expect(scanner.push(encoder.encode('data: [DONE]\r\n\r'))?.events).toHaveLength(1);
    expect(scanner.push(encoder.encode('\ndata: after\n\n'))?.events[0]?.data).toBe('after');
  });

  test.each([
    ['in letters of one byte', 'data: 1\r\n\r', []],
    ['in other letters', 'data: é\r\n\r', []],
    ['with a chunk without a byte between', 'data: é\r\n\r', ['']],
  ])('takes a line feed after a carriage return for the same end of a line, %s', (_, before, between) => {
    const scanner = new SseScanner();
    for (const each of [before, ...between]) scanner.push(encoder.encode(each));
    expect(scanner.push(encoder.encode('\ndata: after\n\n'))?.events).toHaveLength(1);
  });

  test('holds an event back until it is whole', () => {
    const scanner = new SseScanner();
    const block = scanner.push(encoder.encode('data: 1\n\ndata: 2'));
    expect(decoder.decode(block?.bytes)).toBe('data: 1\n\n');
    expect(scanner.push(encoder.encode('3\n'))).toBeUndefined();
    expect(decoder.decode(scanner.push(encoder.encode('\n'))?.bytes)).toBe('data: 23\n\n');
  });

  test('reads data with and without a space, over several lines, and without a value', () => {
    expect(scanText('data:1\n\ndata: 2\ndata:  3\n\ndata\n\n').data).toEqual(['1', '2\n 3', '']);
  });

  test('reads data after the name of its event', () => {
    expect(scanText('event: a\ndata: 1\n\nevent: ü\ndata:2\n\nevent: b\nid: 3\n\n').data).toEqual(['1', '2']);
  });

  test('sees no data in comments, names and fields that only begin like it', () => {
    expect(scanText(': data: 1\n\nevent: data\n\ndatabase: 1\n\n').data).toEqual([]);
  });

  test('skips a byte order mark', () => {
    expect(scanText('\uFEFFdata: 1\n\n').data).toEqual(['1']);
  });

  test('takes what is left at the end for an event, as servers that forget its blank line mean it', () => {
    expect(scanText('data: 1\n\ndata: [DONE]').data).toEqual(['1', '[DONE]']);
  });

  test('accepts an event of the largest size and refuses one that is a byte larger, in one chunk or in many', () => {
    const fits = encoder.encode(`data: ${'x'.repeat(92)}\n\n`);
    const over = encoder.encode(`data: ${'x'.repeat(93)}\n\n`);
    const bytewise = (bytes: Uint8Array) => [...bytes].map((byte) => Uint8Array.of(byte));
    expect(fits).toHaveLength(100);
    expect(scan([fits], 100).data).toHaveLength(1);
    expect(scan(bytewise(fits), 100).data).toHaveLength(1);
    expect(() => scan([over], 100)).toThrow(GatewayError);
    expect(() => scan(bytewise(over), 100)).toThrow(GatewayError);
    expect(() => scan([over.subarray(0, 101)], 100)).toThrow('more than 100 bytes');
  });
});

describe('what is put into a stream', () => {
  test('is an event of its own, which a scanner reads back', () => {
    const block = new SseScanner().push(sseData('{"a":1}'));
    expect(block?.events.map(({ data }) => data)).toEqual(['{"a":1}']);
  });

  test('is no event if it is a comment', () => {
    expect(scanText(decoder.decode(sseComment('cost_usd=0.01'))).data).toEqual([]);
  });
});

/** The whole text at once, line by line. What is left at the end is an event too: see `SseScanner.end`. */
function dataByTheStandard(sent: string): string[] {
  const found: string[] = [];
  let lines: string[] = [];
  for (const each of sent.split(/\r\n|\n|\r/)) {
    if (each === '') {
      if (lines.length > 0) found.push(lines.join('\n'));
      lines = [];
      continue;
    }
    const colon = each.indexOf(':');
    const field = colon < 0 ? each : each.slice(0, colon);
    const value = colon < 0 ? '' : each.slice(colon + 1);
    if (field === 'data') lines.push(value.startsWith(' ') ? value.slice(1) : value);
  }
  if (lines.length > 0) found.push(lines.join('\n'));
  return found;
}
