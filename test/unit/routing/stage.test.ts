import { describe, expect, it } from 'vitest';
import { stageOf } from '../../../src/core/routing/stage.ts';
import { transcriptOf } from '../../../src/core/routing/transcript.ts';
import { accuracyOf } from './labelled/accuracy.ts';
import { asCall } from './labelled/as-call.ts';
import { type Labelled, labelledSets } from './labelled/labelled-set.ts';

const sets = labelledSets('stage');
const labels = ['plan', 'code', 'review', 'undecided'];
const all = [...sets.development, ...sets.heldOut, ...sets.fresh];

function judge(entry: Labelled): string {
  return stageOf(transcriptOf(asCall(entry, 'chat'))).stage ?? 'undecided';
}

function judged(...messages: readonly [role: string, content: string][]): ReturnType<typeof stageOf> {
  const request = { messages: messages.map(([role, content]) => ({ role, content })) };
  return stageOf(transcriptOf({ protocol: 'chat', request }));
}

describe('the labelled requests', () => {
  it('are many, of every stage, and many of them not in English', () => {
    expect(all.length).toBeGreaterThanOrEqual(150);
    expect(all.filter(({ language }) => language !== 'en').length).toBeGreaterThanOrEqual(60);
    for (const label of labels) {
      expect(sets.heldOut.filter((each) => each.label === label).length).toBeGreaterThan(5);
      expect(sets.fresh.filter((each) => each.label === label).length).toBeGreaterThan(5);
    }
    expect(all.map(({ label }) => label).filter((label) => !labels.includes(label))).toEqual([]);
  });

  it('are each there once', () => {
    expect(new Set(all.map(({ text }) => text)).size).toBe(all.length);
  });
});

describe('the stage of a request', () => {
  // The floors lie a little below what was measured, which docs/routing.md reports.
  it.each([
    ['heldOut', 0.92],
    ['fresh', 0.6],
  ] as const)('is judged as people judge it, on the %s set, in at least %f of all cases', (name, floor) => {
    const { share, table } = accuracyOf(sets[name], labels, judge);
    process.stdout.write(`stage, ${name}: ${(100 * share).toFixed(1)} % of ${sets[name].length}\n${table}\n`);
    expect(share).toBeGreaterThanOrEqual(floor);
  });

  it('is rarely a wrong one: rather none, so that the default of the route applies', () => {
    const decided = [...sets.heldOut, ...sets.fresh].filter((entry) => judge(entry) !== 'undecided');
    const { share } = accuracyOf(decided, labels, judge);
    process.stdout.write(`stage, where decided: ${(100 * share).toFixed(1)} % of ${decided.length}\n`);
    expect(share).toBeGreaterThanOrEqual(0.85);
  });

  it('is undecided where nothing tells of one', () => {
    expect(judged(['user', 'What is the capital of Mongolia?'])).toEqual({ stage: undefined, reason: 'undecided' });
    expect(judged()).toEqual({ stage: undefined, reason: 'undecided' });
    expect(
      stageOf(transcriptOf({ protocol: 'embeddings', request: { input: 'review this plan' } })).stage,
    ).toBeUndefined();
  });

  it('has a reason that is fit for a header', () => {
    for (const entry of all) {
      expect(stageOf(transcriptOf(asCall(entry, 'chat'))).reason).toMatch(
        /^[a-z]+( [a-z]+)?(, [a-z]+( [a-z]+)?){0,2}$/,
      );
    }
  });

  it('is what is asked for, not what it is done to', () => {
    expect(judged(['user', 'Implement the plan.']).stage).toBe('code');
    expect(judged(['user', 'Wire up the plan.']).stage).toBe('code');
    expect(judged(['user', 'Review the plan.']).stage).toBe('review');
    expect(judged(['user', 'Plan the implementation.']).stage).toBe('plan');
    expect(judged(['user', 'このコードの計画を実装して']).stage).toBe('code');
    expect(judged(['user', 'Don’t write any code yet: how should we store the images?']).stage).toBe('plan');
  });

  it('is planning as long as an agent says that it plans', () => {
    const reminder = '<system-reminder>Plan mode is active. Make no edits.</system-reminder>';
    expect(judged(['user', `Fix the login.\n${reminder}`])).toEqual({ stage: 'plan', reason: 'plan mode' });
    expect(judged(['system', 'Plan mode is active: read only.'], ['user', 'Fix the login.']).stage).toBe('plan');
    const end = '<system-reminder>Plan mode has ended.</system-reminder>';
    expect(judged(['user', `Fix the login.\n${end}`]).stage).toBe('code');
    // A reminder may come in a turn of its own, while the agent works. The newest holds.
    expect(judged(['user', 'Fix the login.'], ['assistant', 'Reading.'], ['user', reminder]).stage).toBe('plan');
    expect(judged(['user', `Fix the login.\n${reminder}`], ['assistant', 'Agreed?'], ['user', end]).stage).toBe('code');
    // Somebody who writes about it is in no such mode.
    expect(judged(['user', 'Fix the text "Plan mode is active" in the header.']).stage).toBe('code');
  });

  it('is reviewing where the instructions make the model a reviewer, unless the user wants something else', () => {
    const system = 'You are a careful code reviewer.';
    expect(judged(['system', system], ['user', 'const x = 1']).stage).toBe('review');
    expect(
      judged(['system', system], ['user', 'Thanks. Now fix it: write the missing check and add a test.']).stage,
    ).toBe('code');
  });

  it('is coding once the user says yes to what the assistant offers to do', () => {
    const question: [string, string] = ['user', 'How should we cache the list?'];
    const offer: [string, string] = ['assistant', 'In Redis, for five minutes. Shall I do that?'];
    expect(judged(question, offer, ['user', 'yes please'])).toMatchObject({ stage: 'code' });
    expect(judged(question, ['assistant', 'There are three ways.'], ['user', 'continue']).stage).toBe('plan');
  });

  it('is coding while an agent edits what it was asked about', () => {
    const request = (tool: string) => ({
      messages: [
        { role: 'user', content: 'the tests in the core folder are red' },
        { role: 'assistant', content: null, tool_calls: [{ type: 'function', function: { name: tool } }] },
        { role: 'tool', content: 'done' },
      ],
    });
    const { stage, reason } = stageOf(transcriptOf({ protocol: 'chat', request: request('apply_patch') }));
    expect({ stage, reason }).toEqual({ stage: 'code', reason: expect.stringContaining('edits') });
  });
});
