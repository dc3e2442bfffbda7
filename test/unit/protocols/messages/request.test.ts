import { describe, expect, it } from 'vitest';
import {
  readCountTokensCall,
  readMessagesCall,
  writtenMessagesCall,
} from '../../../../src/protocols/messages/request.ts';
import { messagesMax, requestedModelCharsMax, toolsMax } from '../../../../src/limits.ts';

const encoder = new TextEncoder();
const user = { role: 'user', content: 'Hello' };
const body = (fields: object) =>
  encoder.encode(JSON.stringify({ model: 'claude', max_tokens: 9, messages: [user], ...fields }));
const read = (fields: object) => readMessagesCall(body(fields));

describe('a call of the Messages API', () => {
  it('is kept as it was sent, and understood', () => {
    const sent = body({ stream: true, metadata: { user_id: 'u-1' }, anything: { new: [1] } });
    const call = readMessagesCall(sent);
    expect(call.body).toBe(sent);
    expect(call).toMatchObject({ protocol: 'messages', model: 'claude', stream: true, endUser: 'u-1' });
    expect(call.request['anything']).toEqual({ new: [1] });
  });

  it('may have everything in it that Anthropic knows', () => {
    const block = { type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral', ttl: '1h' } };
    const call = read({
      system: [block],
      messages: [user, { role: 'system', content: 'Now in French.' }, { role: 'assistant', content: [block] }],
      thinking: { type: 'adaptive' },
      output_config: { effort: 'high', format: { type: 'json_schema', schema: {} } },
      tools: [{ name: 'now', input_schema: { type: 'object' } }],
      tool_choice: { type: 'auto' },
      stop_sequences: ['END'],
      service_tier: 'standard_only',
      max_tokens: 0,
    });
    expect(call.request.max_tokens).toBe(0);
  });

  it.each([
    [{ max_tokens: undefined }, /'max_tokens' is required/],
    [{ max_tokens: null }, /'max_tokens' is required/],
    [{ max_tokens: 1.5 }, /'max_tokens' must be a whole number/],
    [{ max_tokens: -1 }, /'max_tokens' must not be negative/],
    [{ messages: undefined }, /'messages' is required/],
    [{ messages: [] }, /'messages' must hold at least one/],
    [{ messages: [user, 7] }, /'messages\[1\]' must be an object/],
    [{ messages: [{ ...user, role: 'tool' }] }, /'messages\[0\].role' must be one of user, assistant, system/],
    [{ messages: [{ role: 'user', content: null }] }, /'messages\[0\].content' must be a string or an array/],
    [{ messages: [{ role: 'user' }] }, /'messages\[0\].content' must be a string or an array/],
    [{ messages: [{ role: 'user', content: [{}] }] }, /'messages\[0\].content\[0\]' must be an object with a 'type'/],
    [{ system: 7 }, /'system' must be a string or an array/],
    [{ system: ['text'] }, /'system\[0\]' must be an object with a 'type'/],
    [{ tools: {} }, /'tools' must be an array/],
    [{ thinking: true }, /'thinking' must be an object/],
    [{ stop_sequences: 'END' }, /'stop_sequences' must be an array/],
    [{ stream: 1 }, /'stream' must be true or false/],
    [{ metadata: 'u' }, /'metadata' must be an object/],
    [{ model: 'm'.repeat(requestedModelCharsMax + 1) }, /'model' must be at most/],
  ])('is refused with the name of the field where it is none: %j', (fields, message) => {
    expect(() => read(fields)).toThrow(message);
  });

  it('holds as many messages and tools as the limits say, and no more', () => {
    const messages = (count: number) => Array.from({ length: count }, () => user);
    const tools = (count: number) => Array.from({ length: count }, () => ({ name: 'x' }));
    expect(read({ messages: messages(messagesMax), tools: tools(toolsMax) }).protocol).toBe('messages');
    expect(() => read({ messages: messages(messagesMax + 1) })).toThrow(/'messages' must hold at most/);
    expect(() => read({ tools: tools(toolsMax + 1) })).toThrow(/'tools' must hold at most/);
  });

  it('needs no cap where it only counts, or where another sets it', () => {
    expect(readCountTokensCall(body({ max_tokens: undefined })).request.max_tokens).toBeUndefined();
    expect(() => readCountTokensCall(body({ messages: 'Hi' }))).toThrow(/'messages' is required/);
    const written = writtenMessagesCall({ model: 'm', messages: [user] });
    expect(new TextDecoder().decode(written.body)).toBe(JSON.stringify({ model: 'm', messages: [user] }));
  });
});
