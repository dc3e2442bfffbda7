import { expect, test } from 'vitest';
import { boundAttempts } from '../../../../src/gateway/bound/bound.ts';
import { askWorkersAi } from '../../../../src/providers/workers-ai.ts';
import { limited } from '../../../support/bound.ts';
import { candidates, catalog, chatCall, hello } from '../../../support/chat.ts';

// https://github.com/nodejs/node/issues/63785: after `{"a":0,"\\":0}`, V8 reads the second field of `{"a":0,"\u006e":9}`
// as `\`, and so on for names of any length. Anybody could send such a body, to have the next one misread.

const messages = JSON.stringify(hello);

test('a field whose name is written with an escape is read as the provider reads it, whatever came before', () => {
  const poison = `{"messages":${messages},"\\\\":128}`;
  const call = `{"messages":${messages},"\\u006e":128}`;
  JSON.parse(poison);
  chatCall(poison);
  expect(chatCall(call).request).toEqual({ messages: hello, n: 128 });

  JSON.parse(`{"messages":${messages},"max_token\\\\":1}`);
  expect(chatCall(`{"messages":${messages},"max_token\\u0073":9}`).request.max_tokens).toBe(9);
});

test('a binding, which takes no text, is handed what the body says, whatever came before', async () => {
  const asked: object[] = [];
  const ai = {
    run: async (_: string, inputs: object) => {
      asked.push(inputs);
      return Response.json({ response: 'Hi' });
    },
  };
  JSON.parse(`{"messages":${messages},"max_token\\\\":1}`);
  await askWorkersAi({
    ai,
    protocol: 'chat',
    model: 'm',
    body: new TextEncoder().encode(`{"messages":${messages},"max_token\\u0073":9}`),
    stream: false,
    forwarded: { query: '', headers: {} },
    accountId: undefined,
    token: undefined,
    signal: new AbortController().signal,
  });
  expect(asked).toEqual([{ messages: hello, max_tokens: 9 }]);
});

test('a field of a message, a part or a tool that may have been misread is refused where spending is limited', () => {
  const refusal = (text: string) => {
    const bounding = boundAttempts(chatCall(text), candidates(catalog, 'plain'), limited);
    return bounding.kind === 'refused' ? bounding.error : undefined;
  };
  // What is misread always has a backslash in its name.
  const part = (name: string) =>
    `{"messages":[{"role":"user","content":[{"${name}":"image_url","type":"text","text":""}]}]}`;
  const tool = (name: string) => `{"messages":${messages},"tools":[{"${name}":"web_search","type":"function"}]}`;
  const message = (name: string) => `{"messages":[{"role":"user","content":"","${name}":1}]}`;
  expect(refusal(part('typ\\\\'))).toMatchObject({
    code: 'unbounded_cost',
    options: { param: 'messages[0].content[0].typ\\' },
  });
  expect(refusal(tool('typ\\\\'))).toMatchObject({ code: 'unbounded_cost', options: { param: 'tools[0].typ\\' } });
  expect(refusal(message('typ\\\\'))).toMatchObject({
    code: 'unbounded_cost',
    options: { param: 'messages[0].typ\\' },
  });
  for (const body of [part, tool, message]) expect(refusal(body('typ\\u0065'))).toBeDefined();
});
