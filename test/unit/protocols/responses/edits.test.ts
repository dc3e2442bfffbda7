import { describe, expect, test } from 'vitest';
import { ownedReasoning } from '../../../../src/protocols/responses/owned-reasoning.ts';
import { foreignReasoningEdits, responsesEdits } from '../../../../src/protocols/responses/edits.ts';
import { sealReasoning } from '../../../../src/protocols/responses/reasoning.ts';
import { cutText, cutsFor } from '../../../../src/protocols/json/json-splice.ts';
import { responsesCall } from '../../../support/responses.ts';

function passedOn(body: object, cap?: number, reasons?: boolean): string {
  const call = responsesCall(body);
  const edits = [...foreignReasoningEdits(call, 'mine'), ...responsesEdits(call, cap, reasons)];
  return cutText(call.text, cutsFor(call.object, edits));
}

describe('a call that is passed on', () => {
  test('has the cap that was granted, and else its own', () => {
    expect(passedOn({ input: 'x', store: false }, 100)).toBe('{"input":"x","store":false,"max_output_tokens":100}');
    expect(passedOn({ max_output_tokens: 500, input: 'x', store: false }, 100)).toBe(
      '{"max_output_tokens":100,"input":"x","store":false}',
    );
    expect(passedOn({ input: 'x', store: false, max_output_tokens: 500 })).toBe(
      '{"input":"x","store":false,"max_output_tokens":500}',
    );
  });

  test.each([{ input: 'x' }, { input: 'x', store: true }, { input: 'x', store: null }])('keeps nothing: %j', (body) => {
    expect(JSON.parse(passedOn(body))).toMatchObject({ store: false });
  });

  test('asks for what is hidden of the reasoning, where its client counts on its being kept', () => {
    const sealed = 'reasoning.encrypted_content';
    expect(JSON.parse(passedOn({ input: 'x' }, undefined, true))).toMatchObject({ include: [sealed] });
    expect(JSON.parse(passedOn({ input: 'x', include: ['a'] }, undefined, true))).toMatchObject({
      include: ['a', sealed],
    });
    expect(JSON.parse(passedOn({ input: 'x', include: [sealed] }, undefined, true))).toMatchObject({
      include: [sealed],
    });
    expect(passedOn({ input: 'x' })).not.toContain(sealed);
    expect(passedOn({ input: 'x', store: false }, undefined, true)).not.toContain(sealed);
  });

  test('holds no reasoning that another provider has done, which its own would take for forged', () => {
    const ours = {
      type: 'reasoning',
      id: 'rs_1',
      summary: [],
      encrypted_content: sealReasoning([{ type: 'reasoning.text', text: 'Hm.' }]),
    };
    const theirs = { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: 'gAAA' };
    const said = { role: 'assistant', content: 'About weir1. and others.' };
    expect(JSON.parse(passedOn({ input: [ours, said, theirs] }))).toMatchObject({ input: [said, theirs] });
    const reasoning = (provider: string) => ({ ...theirs, encrypted_content: ownedReasoning(provider, 'gBBB') });
    expect(JSON.parse(passedOn({ input: [reasoning('mine'), said, reasoning('other.s')] }))).toMatchObject({
      input: [{ ...theirs, encrypted_content: 'gBBB' }, said],
    });
    const clean = { input: [said, theirs], store: false };
    expect(passedOn(clean)).toBe(JSON.stringify(clean));
  });
});
