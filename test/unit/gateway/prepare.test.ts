import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wantsUsage } from '../../../src/protocols/chat/edits.ts';
import type { Bindable } from '../../../src/gateway/bound/bindable.ts';
import { scanObject } from '../../../src/protocols/json/json-scan.ts';
import { candidates, catalog, chatCall, hello } from '../../support/chat.ts';
import { objectText, valueText } from '../../support/json-text.ts';
import { sentBody } from '../../support/sent-body.ts';

const decoder = new TextDecoder();

function only(name: string): Bindable {
  const [first] = candidates(catalog, name);
  if (first === undefined) throw new Error(`nothing serves ${name}`);
  return first;
}

function prepared(body: unknown, to: string | Bindable, cap?: number): string {
  return decoder.decode(sentBody(chatCall(body), typeof to === 'string' ? only(to) : to, cap));
}

describe('a body that needs no change', () => {
  test('goes out as the very bytes that came in', () => {
    const call = chatCall({ model: 'plain-1', messages: hello, max_completion_tokens: 5 });
    expect(sentBody(call, only('plain'), undefined)).toBe(call.body);
    expect(sentBody(call, only('plain'), 5)).toBe(call.body);
  });

  test('also where its numbers are written oddly', () => {
    const text =
      '{"model":"plain-1","messages":[{"role":"user","content":"é\\u00e9"}],"max_completion_tokens":5.0,"seed":12345678901234567890}';
    expect(prepared(text, 'plain', 5)).toBe(text);
  });
});

describe('what is changed', () => {
  test('the model is called what the target calls it', () => {
    expect(prepared({ model: 'plain', messages: hello, x: 1 }, 'plain')).toBe(
      JSON.stringify({ model: 'plain-1', messages: hello, x: 1 }),
    );
    expect(prepared({ messages: hello }, 'plain')).toBe(JSON.stringify({ messages: hello, model: 'plain-1' }));
  });

  test('the output cap is put in under the name that the server reads', () => {
    expect(prepared({ model: 'small', messages: hello }, 'small', 20)).toBe(
      JSON.stringify({ model: 'small', messages: hello, max_tokens: 20 }),
    );
    expect(prepared({ model: 'plain-1', messages: hello }, 'plain', 20)).toBe(
      JSON.stringify({ model: 'plain-1', messages: hello, max_completion_tokens: 20 }),
    );
  });

  test('the output cap of the client is lowered in its place', () => {
    expect(
      prepared('{"max_tokens": 1e3 ,"model":"small","messages":[{"role":"user","content":""}]}', 'small', 20),
    ).toBe('{"max_tokens": 20 ,"model":"small","messages":[{"role":"user","content":""}]}');
  });

  test('a cap of one name becomes one of the name that the server reads, also where nothing else caps it', () => {
    expect(
      prepared('{"model":"small","max_completion_tokens":7.0,"messages":[{"role":"user","content":""}]}', 'small'),
    ).toBe('{"model":"small","messages":[{"role":"user","content":""}],"max_tokens":7.0}');
    expect(prepared({ model: 'small', messages: hello, max_completion_tokens: 30 }, 'small', 20)).toBe(
      JSON.stringify({ model: 'small', messages: hello, max_tokens: 20 }),
    );
  });

  test('a cap that binds leaves no other cap behind, so that the server has none to choose from', () => {
    const call = { model: 'plain-1', messages: hello, max_tokens: 9000, max_completion_tokens: 20 };
    expect(prepared(call, 'plain', 20)).toBe(
      JSON.stringify({ model: 'plain-1', messages: hello, max_completion_tokens: 20 }),
    );
    expect(prepared({ ...call, max_tokens: null }, 'plain', 20)).not.toContain('max_tokens"');
  });

  test('two caps are left to the server where none is to bind', () => {
    const call = { model: 'plain-1', messages: hello, max_tokens: 9, max_completion_tokens: 20 };
    expect(prepared(call, 'plain')).toBe(JSON.stringify(call));
  });

  test('echo understands both names', () => {
    expect(prepared({ model: 'echo', messages: hello, max_tokens: 9 }, 'echo', 5)).toBe(
      JSON.stringify({ model: 'echo', messages: hello, max_tokens: 5 }),
    );
    expect(prepared({ model: 'echo', messages: hello, max_tokens: 9 }, 'echo')).toContain('"max_tokens":9');
  });

  test('what the catalog adds for a model is added where the client said nothing of it, and not a second cap', () => {
    expect(prepared({ model: 'tuned', messages: hello }, 'tuned')).toBe(
      JSON.stringify({ model: 'tuned', messages: hello, n: 2, temperature: 1 }),
    );
    expect(prepared({ model: 'tuned', messages: hello, n: 3, temperature: null }, 'tuned')).toBe(
      JSON.stringify({ model: 'tuned', messages: hello, n: 3, temperature: null }),
    );
    const { candidate, provider } = only('tuned');
    if (candidate.model === undefined) throw new Error('tuned is not in the catalog');
    const capped = { provider, candidate: { ...candidate, model: { ...candidate.model, params: { max_tokens: 50 } } } };
    expect(prepared({ model: 'tuned', messages: hello }, capped)).toContain('"max_tokens":50');
    expect(prepared({ model: 'tuned', messages: hello }, capped, 20)).not.toContain('"max_tokens"');
    expect(prepared({ model: 'tuned', messages: hello, max_completion_tokens: 2 }, capped)).not.toContain(
      '"max_tokens"',
    );
  });
});

describe('the usage at the end of a stream', () => {
  const stream = { model: 'plain-1', messages: hello, stream: true };

  test('is asked for where the client did not, and the rest of stream_options stays', () => {
    expect(prepared(stream, 'plain')).toBe(JSON.stringify({ ...stream, stream_options: { include_usage: true } }));
    expect(prepared({ ...stream, stream_options: null }, 'plain')).toContain('"stream_options":{"include_usage":true}');
    const text = `{"model":"plain-1","stream":true,"stream_options": { "include_obfuscation" : false, "include_usage":false } ,"messages":[{"role":"user","content":"a"}]}`;
    expect(prepared(text, 'plain')).toBe(text.replace('"include_usage":false', '"include_usage":true'));
    expect(prepared(text.replace(', "include_usage":false', ''), 'plain')).toBe(
      text.replace(', "include_usage":false', ',"include_usage":true'),
    );
  });

  test('is asked for once where the client names it twice', () => {
    const text = `{"model":"plain-1","messages":[{"role":"user","content":"a"}],"stream":true,"stream_options":{"include_usage":true,"include_usage":false}}`;
    expect(JSON.parse(prepared(text, 'plain'))).toMatchObject({ stream_options: { include_usage: true } });
  });

  test('is not asked for where there is no stream, or the server does not understand it', () => {
    expect(prepared({ model: 'plain-1', messages: hello, stream: false }, 'plain')).not.toContain('stream_options');
    expect(prepared({ ...stream, model: 'small' }, 'small')).not.toContain('stream_options');
    for (const options of [{ include_usage: true }, { include_usage: false }, null]) {
      const asked = { ...stream, model: 'small', stream_options: options };
      expect(prepared(asked, 'small')).not.toContain('stream_options');
    }
  });

  test('is known to be wanted only by a client that asked for it', () => {
    const wants = (options: unknown): boolean => wantsUsage(chatCall({ ...stream, stream_options: options }));
    expect(wants({ include_usage: true })).toBe(true);
    expect(wants({ include_usage: false })).toBe(false);
    expect(wants(undefined)).toBe(false);
  });
});

describe('parameter preservation', () => {
  const gatewayFields = new Set(['model', 'max_tokens', 'max_completion_tokens', 'stream_options']);
  const field = fc.oneof(
    fc
      .constantFrom('"temperature"', '"tools_"', '"x"', '"\\u0078y"', '"seed"', '"__proto__"', '""')
      .map((name) => ({ name, values: valueText })),
    fc.constant({ name: '"max_tokens"', values: fc.constantFrom('1', '20', '5.0', 'null') }),
    fc.constant({ name: '"max_completion_tokens"', values: fc.constantFrom('1', '20', 'null') }),
    fc.constant({ name: '"model"', values: fc.constantFrom('"plain"', '"plain-1"', '"sm\\u0061ll"') }),
    fc.constant({ name: '"stream"', values: fc.constantFrom('true', 'false') }),
    fc.constant({ name: '"stream_options"', values: fc.constantFrom('{}', '{ "a" : 1.0 }', 'null') }),
  );
  const bodies = objectText(
    fc
      .uniqueArray(
        field.chain(({ name, values }) => values.map((value) => ({ name, value }))),
        { selector: ({ name }) => name, maxLength: 10 },
      )
      .map((members) => [...members, { name: '"messages"', value: '[ {"role":"user", "content":"\\u0041é"} ]' }]),
  );

  test('whatever the gateway changes, every other field goes out as it came in, to the byte', () => {
    fc.assert(
      fc.property(
        bodies,
        fc.constantFrom('plain', 'small', 'echo'),
        fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
        (text, to, cap) => {
          const out = prepared(text, to, cap);
          expect(fieldsOf(out)).toEqual(fieldsOf(text));
        },
      ),
      { numRuns: 1000 },
    );
  });

  function fieldsOf(text: string): string[] {
    const scan = scanObject(text);
    if (scan.kind !== 'object') throw new Error(`the scan of ${text} says ${scan.kind}`);
    return scan.object.members
      .filter(({ name }) => !gatewayFields.has(name))
      .map(({ nameStart, valueEnd }) => text.slice(nameStart, valueEnd));
  }
});
