import type { WrittenModel, WrittenModels, WrittenProvider } from './written.ts';

/** Weir itself answers. The answers have a price all the same, so that limits can be tried. */
export const echoProvider: WrittenProvider = { kind: 'echo', billsFailures: false };

const names = ['echo', 'echo-slow', 'echo-error', 'echo-stall', 'echo-drop', 'echo-overrun', 'echo-tools'];

function echo(name: string): WrittenModel {
  return {
    targets: [{ provider: 'echo', model: name, cancels: true }],
    price: { input: '1', output: '2' },
    contextTokens: 128_000,
    maxOutputTokens: 16_384,
    defaultOutputTokens: 1024,
    // Only `echo-tools` calls tools. The others accept them, as a model may that sees no reason to call any.
    tools: true,
    tokenizer: 'echo',
  };
}

export const echoModels: WrittenModels = {
  ...Object.fromEntries(names.map((name) => [name, echo(name)])),
  'echo-embedding': {
    targets: [{ provider: 'echo', model: 'echo-embedding' }],
    endpoints: ['embeddings'],
    price: { input: '1', output: '0' },
    contextTokens: 128_000,
    maxOutputTokens: 1,
    tokenizer: 'echo',
  },
};
