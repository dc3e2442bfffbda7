import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { invalidRequest, issuesOf, pathText } from '../../../src/http/issue.ts';
import { readBody } from '../../../src/http/read-body.ts';
import { readJson } from '../../../src/http/read-json.ts';
import { bodyDepthMax } from '../../../src/limits.ts';

const url = 'https://weir.example/admin/users';
const post = (body: BodyInit | null, headers: Record<string, string> = {}) =>
  new Request(url, { method: 'POST', body, headers });

/** A body of unannounced length, a byte at a time. */
function trickling(text: string): Request {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at === bytes.length) controller.close();
      else controller.enqueue(bytes.subarray(at, ++at));
    },
  });
  // Node asks for `duplex`, which the types of the Worker do not know.
  return new Request(url, { method: 'POST', body, duplex: 'half' } as RequestInit);
}

describe('the bytes of a body', () => {
  it('are read up to the bound, and not one more, announced or not', async () => {
    const announced = (text: string) => post(text, { 'content-length': String(text.length) });
    for (const request of [announced, trickling]) {
      expect(new TextDecoder().decode(await readBody(request('12345678'), 8))).toBe('12345678');
      await expect(readBody(request('123456789'), 8)).rejects.toMatchObject({ code: 'request_too_large' });
    }
  });

  it('may be none', async () => {
    expect(await readBody(new Request(url), 8)).toEqual(new Uint8Array());
  });

  it('may not be compressed', async () => {
    const compressed = post('x', { 'content-encoding': 'gzip' });
    await expect(readBody(compressed, 8)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('content-encoding'),
    });
    expect(await readBody(post('x', { 'content-encoding': 'identity' }), 8)).toHaveLength(1);
  });
});

describe('a JSON body', () => {
  const schema = v.strictObject({ name: v.string(), tags: v.optional(v.array(v.number())) });
  const read = async (body: BodyInit) => readJson(post(body), 1000, schema);

  it('is what its schema says', async () => {
    expect(await read('{"name":"ada","tags":[1]}')).toEqual({ name: 'ada', tags: [1] });
  });

  it.each([
    ['', 'The body is empty: send a JSON object.', undefined],
    [' \n', 'The body is empty: send a JSON object.', undefined],
    ['{"name":', expect.stringMatching(/^The body is not JSON: .+\.$/), undefined],
    [new Uint8Array([0x22, 0xff, 0x22]), 'The body is not UTF-8 text.', undefined],
    ['[]', 'name is missing.', 'name'],
    ['7', 'The body must be Object, not 7.', undefined],
    ['{}', 'name is missing.', 'name'],
    ['{"name":7}', 'name must be string, not 7.', 'name'],
    ['{"name":"a","nam":1}', 'nam is not a known field: remove it, or correct its name.', 'nam'],
    ['{"name":"a","tags":[1,"x"]}', 'tags[1] must be number, not "x".', 'tags[1]'],
    ['{"name":7,"tags":7}', 'name must be string, not 7; tags must be Array, not 7.', 'name'],
    [
      '{"name":"a","tags":["1","2","3","4","5","6"]}',
      'tags[0] must be number, not "1"; tags[1] must be number, not "2"; tags[2] must be number, not "3"; ' +
        'tags[3] must be number, not "4"; tags[4] must be number, not "5" (and 1 more problem).',
      'tags[0]',
    ],
  ])('is refused with what to correct: %s', async (body, message, param) => {
    await expect(read(body)).rejects.toMatchObject({
      code: 'invalid_request',
      message,
      options: param === undefined ? {} : { param },
    });
  });

  it('is nested as deep as the bound, and not one level more', async () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const deep = async (levels: number) => readJson(post(nested(levels)), 1_000_000, v.unknown());
    expect(await deep(bodyDepthMax)).toBeDefined();
    await expect(deep(bodyDepthMax + 1)).rejects.toMatchObject({
      message: expect.stringContaining('nested more than'),
    });
    await expect(deep(400_000)).rejects.toMatchObject({ message: expect.stringContaining('nested more than') });
  });
});

describe('an issue', () => {
  it('has the path that JavaScript would write', () => {
    expect(pathText(['models', 'gpt-5.1', 'targets', 0, 'provider'])).toBe('models["gpt-5.1"].targets[0].provider');
    expect(pathText(['a b', '"'])).toBe('["a b"]["\\""]');
    expect(pathText([])).toBe('');
  });

  it('keeps a message that says what is right', () => {
    const found = v.safeParse(v.pipe(v.string(), v.minLength(3, 'must be longer')), 'a');
    expect(issuesOf(found.issues ?? [])).toEqual([{ path: '', message: 'must be longer' }]);
  });

  it('need not be there for a request to be refused', () => {
    expect(invalidRequest([]).message).toBe('The request is not valid.');
  });
});
