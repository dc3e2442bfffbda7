import { describe, expect, test } from 'vitest';
import { embedAsEcho, echoVector } from '../../../src/providers/echo-embedding.ts';
import { countEchoTokens, echoTokens } from '../../../src/providers/echo-tokens.ts';

interface Answer {
  readonly object: string;
  readonly model: string;
  readonly data: readonly { readonly object: string; readonly index: number; readonly embedding: number[] }[];
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number };
}

function embed(body: object): Response {
  return embedAsEcho(new TextEncoder().encode(JSON.stringify({ model: 'echo-embedding', ...body })));
}

async function answer(body: object): Promise<Answer> {
  return (await embed(body).json()) as Answer;
}

const near = (one: readonly number[], other: readonly number[]) =>
  one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);

describe('an embedding by echo', () => {
  test('has the shape of OpenAI, and counts what anyone can count along', async () => {
    const text = 'The quick brown fox';
    const { object, model, data, usage } = await answer({ input: text });
    expect({ object, model }).toEqual({ object: 'list', model: 'echo-embedding' });
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({ object: 'embedding', index: 0 });
    expect(data[0]?.embedding).toHaveLength(256);
    expect(usage).toEqual({ prompt_tokens: countEchoTokens(text), total_tokens: countEchoTokens(text) });
  });

  test('is the same each time, and of length one', async () => {
    const [one, other] = await Promise.all([answer({ input: 'again' }), answer({ input: 'again' })]);
    const [vector = []] = one.data.map(({ embedding }) => embedding);
    expect(one.data).toEqual(other.data);
    expect(near(vector, vector)).toBeCloseTo(1, 5);
  });

  test('is nearer to a text with the same words than to another', async () => {
    const { data } = await answer({ input: ['cats chase mice', 'mice chase cats', 'stocks fell sharply'] });
    const [one = [], same = [], different = []] = data.map(({ embedding }) => embedding);
    expect(near(one, same)).toBeGreaterThan(near(one, different) + 0.3);
  });

  test('has the dimensions that were asked for, whatever is embedded', async () => {
    for (const dimensions of [1, 2, 4096]) {
      const { data } = await answer({ input: ['', 'a', 'a b c'], dimensions });
      for (const { embedding } of data) {
        expect(embedding).toHaveLength(dimensions);
        expect(near(embedding, embedding)).toBeCloseTo(1, 5);
      }
    }
    expect(embed({ input: 'a', dimensions: 4097 }).status).toBe(400);
  });

  test('is the same in base64: numbers of four bytes', async () => {
    const { data } = await answer({ input: 'written', dimensions: 8 });
    const written = (await embed({ input: 'written', dimensions: 8, encoding_format: 'base64' }).json()) as {
      readonly data: readonly { readonly embedding: string }[];
    };
    const bytes = Uint8Array.from(atob(written.data[0]?.embedding ?? ''), (character) => character.charCodeAt(0));
    expect([...new Float32Array(bytes.buffer)]).toEqual(data[0]?.embedding);
  });

  test('may be of tokens, each of which counts as one', async () => {
    expect(await answer({ input: [1, 2, 3] })).toMatchObject({ usage: { prompt_tokens: 3 }, data: [{ index: 0 }] });
    const { data, usage } = await answer({ input: [[1, 2], [3]] });
    expect(usage.prompt_tokens).toBe(3);
    expect(data.map(({ index }) => index)).toEqual([0, 1]);
  });

  test('is not to be had of a model that writes', () => {
    expect(embed({ model: 'echo', input: 'a' }).status).toBe(404);
  });

  test('does not grow with its dimensions in what it takes: a token moves it along a few of them', () => {
    const vector = echoVector(echoTokens('word'), 4096);
    expect(vector.filter((value) => value !== 0).length).toBeLessThanOrEqual(9);
  });
});
