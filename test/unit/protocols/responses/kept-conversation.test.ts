import { describe, expect, test } from 'vitest';
import { KeptConversations, itemsToSend, toSend } from '../../../../src/protocols/responses/kept-conversation.ts';
import { ownedReasoning } from '../../../../src/protocols/responses/owned-reasoning.ts';
import { sealReasoning } from '../../../../src/protocols/responses/reasoning.ts';
import type { KeptTurn } from '../../../../src/core/account/kept-response.ts';

const user = (text: string) => ({ role: 'user', content: text });
const said = (text: string, id: string, status = 'completed') => ({
  type: 'message',
  id,
  role: 'assistant',
  status,
  content: [{ type: 'output_text', text, annotations: [] }],
});
const call = (id: string, status = 'completed') => ({
  type: 'function_call',
  id,
  call_id: `call_${id}`,
  name: 'f',
  arguments: '{}',
  status,
});
const thought = (id: string, encrypted: string, status = 'completed') => ({
  type: 'reasoning',
  id,
  summary: [],
  encrypted_content: encrypted,
  status,
});

function kept(id: string, input: readonly object[], output: readonly object[], baseId?: string): KeptTurn {
  return {
    id,
    ...(baseId === undefined ? {} : { baseId }),
    input: JSON.stringify(input),
    output: JSON.stringify(output),
    itemIds: output.map((item) => String(Reflect.get(item, 'id'))),
    provider: 'openai',
  };
}

const first = kept('resp_1', [user('One')], [said('1', 'msg_a')]);
const second = kept('resp_2', [user('Two')], [said('2', 'msg_b')], 'resp_1');
const branch = kept('resp_3', [user('Or')], [said('or', 'msg_c')], 'resp_1');

describe('a conversation that was kept', () => {
  const conversations = new KeptConversations([first, second, branch]);
  const items = (id: string) => conversations.upTo(id)?.map(({ item }) => item);

  test('is all that was said up to the end of its response, and nothing of its branches', () => {
    expect(items('resp_2')).toEqual([user('One'), said('1', 'msg_a'), user('Two'), said('2', 'msg_b')]);
    expect(items('resp_3')).toEqual([user('One'), said('1', 'msg_a'), user('Or'), said('or', 'msg_c')]);
  });

  test('is not there where some of it is not', () => {
    expect(items('resp_4')).toBeUndefined();
    expect(new KeptConversations([second]).upTo('resp_2')).toBeUndefined();
    expect(new KeptConversations([second]).inputOf('resp_2')).toBeUndefined();
  });

  test('has as the input of a response all before it, where each item has an id', () => {
    expect(conversations.inputOf('resp_2')?.map(({ id }) => id)).toEqual(['msg_1_in0', 'msg_a', 'msg_2_in0']);
  });

  test('has its items by their ids, also by those that were made for what was put in', () => {
    expect(conversations.item('msg_b')).toMatchObject({ item: said('2', 'msg_b') });
    expect(conversations.item('msg_2_in0')).toMatchObject({ item: user('Two') });
    expect(conversations.item('msg_x')).toBeUndefined();
  });
});

describe('what a model is told of what was kept', () => {
  const sent = (output: readonly object[]) =>
    itemsToSend(new KeptConversations([kept('resp_1', [user('One')], output)]).upTo('resp_1') ?? []);

  test('names who made the reasoning that is hidden, but for what we have sealed ourselves', () => {
    const ours = sealReasoning([{ type: 'reasoning.text', text: 'Hm.' }]);
    expect(sent([thought('rs_1', 'gAAA'), said('1', 'msg_1'), thought('rs_2', ours), said('2', 'msg_2')])).toEqual([
      user('One'),
      thought('rs_1', ownedReasoning('openai', 'gAAA')),
      said('1', 'msg_1'),
      thought('rs_2', ours),
      said('2', 'msg_2'),
    ]);
  });

  test('holds no call that was cut short, and no thoughts on which nothing followed', () => {
    const cut = [call('fc_1'), thought('rs_1', 'gAAA'), call('fc_2', 'incomplete')];
    expect(sent(cut)).toEqual([user('One'), call('fc_1')]);
    expect(sent([thought('rs_1', 'gAAA', 'incomplete')])).toEqual([user('One')]);
    expect(sent([said('half a', 'msg_1', 'incomplete')])).toEqual([user('One'), said('half a', 'msg_1', 'incomplete')]);
  });

  test('is what a client has put in, as it was', () => {
    const given = { type: 'reasoning', id: 'rs_9', summary: [], encrypted_content: 'gZZZ' };
    const [item] = new KeptConversations([kept('resp_1', [given], [])]).upTo('resp_1') ?? [];
    expect(item && toSend(item)).toEqual(given);
  });
});
