import Anthropic from '@anthropic-ai/sdk';
import { expect, test } from 'vitest';
import { boundAttempts } from '../../../src/gateway/bound/bound.ts';
import { protocols } from '../../../src/protocols/protocols.ts';
import { anthropicErrorBody, anthropicStatus } from '../../../src/http/anthropic-error.ts';
import { limited, unlimited } from '../../support/bound.ts';
import { candidates, catalog } from '../../support/chat.ts';

/** A gateway that only says whether it could send the call to the model: an answer of its own stands for any. */
function gatewayWith(model: string, options: typeof limited) {
  const asked: unknown[] = [];
  const fetch = async (_: unknown, init?: RequestInit): Promise<Response> => {
    const body = JSON.parse(typeof init?.body === 'string' ? init.body : '{}') as Record<string, unknown>;
    asked.push(body['thread']);
    const call = protocols.messages.read(new TextEncoder().encode(JSON.stringify(body)));
    const bounding = boundAttempts(call, candidates(catalog, model), options);
    if (bounding.kind === 'refused') {
      return Response.json(anthropicErrorBody(bounding.error, 'req_1'), { status: anthropicStatus(bounding.error) });
    }
    const usage = { input_tokens: 1, output_tokens: 1 };
    const content = [{ type: 'text', text: 'Hi.' }];
    return Response.json({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model,
      content,
      stop_reason: 'end_turn',
      usage,
    });
  };
  return { asked, client: new Anthropic({ apiKey: 'k', fetch, maxRetries: 0 }) };
}

const turn = { max_tokens: 9, messages: [{ role: 'user' as const, content: 'Hello' }], tools: [] };
const thread = { type: 'create' };

test.each([
  ['another provider than Anthropic', 'plain', unlimited],
  ['a limited account', 'claude', limited],
] as const)(
  "Anthropic's tool runner goes on by itself without the thread that %s can't have",
  async (_, model, options) => {
    const { asked, client } = gatewayWith(model, options);
    const last = await client.beta.messages.toolRunner({ model, ...turn }).runUntilDone();
    expect(last.content).toMatchObject([{ type: 'text', text: 'Hi.' }]);
    expect(asked).toEqual([thread, undefined]);
  },
);

test('a thread that Anthropic can have goes to it', async () => {
  const { asked, client } = gatewayWith('claude', unlimited);
  await client.beta.messages.toolRunner({ model: 'claude', ...turn }).runUntilDone();
  expect(asked).toEqual([thread]);
});
