import { expect, test } from 'vitest';
import { isReferring, referencesIn } from '../../../../src/protocols/responses/references.ts';
import { responsesRequest } from '../../../support/responses.ts';

const user = { role: 'user', content: 'Hello' };
const said = (id?: string) => ({
  type: 'message',
  role: 'assistant',
  content: 'Hi',
  ...(id === undefined ? {} : { id }),
});

test.each([
  [{}, { itemIds: [] }],
  [{ input: [user, said()] }, { itemIds: [] }],
  [{ previous_response_id: 'resp_1' }, { itemIds: [], responseId: 'resp_1' }],
  [{ previous_response_id: null }, { itemIds: [] }],
  [
    { input: [user, { type: 'item_reference', id: 'msg_1' }, { id: 'msg_2' }, user, { id: 'msg_1' }] },
    { itemIds: ['msg_1', 'msg_2'], hintId: 'msg_1' },
  ],
  [{ input: [user, said('msg_1'), user, said('msg_2'), user] }, { itemIds: [], hintId: 'msg_2' }],
  [{ input: [{ ...user, id: 'msg_0', type: 'message' }] }, { itemIds: [] }],
  [
    { input: [{ type: 'function_call', id: 'fc_1', call_id: 'c', name: 'f', arguments: '{}' }] },
    { itemIds: [], hintId: 'fc_1' },
  ],
  [{ store: false, input: [said('msg_1')] }, { itemIds: [] }],
  [{ store: false, input: [{ id: 'msg_1' }] }, { itemIds: ['msg_1'] }],
])('%j refers to %j', (body, references) => {
  const request = responsesRequest(body);
  expect(referencesIn(request)).toEqual(references);
  expect(isReferring(request)).toBe('responseId' in references || references.itemIds.length > 0);
});
