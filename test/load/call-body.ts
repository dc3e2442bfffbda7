import { writeLabel } from './call-label.ts';
import { type Via, modelName } from './fake-catalog.ts';
import { requestBytes } from './http-connection.ts';
import type { Endpoint } from './tally.ts';

/** Where a client sends a call, and the protocol of its model's provider. `count` asks for the size of a message. */
export interface Way {
  readonly to: Endpoint | 'count';
  readonly via: Via;
}

/** One call, as the client plans it. */
export interface CallPlan {
  readonly url: URL;
  readonly apiKey: string;
  /** The behaviour of the provider. */
  readonly model: string;
  /** Whose tally it goes to at the fake provider. */
  readonly user: string;
  readonly prompt: string;
  /** The client's own output cap; if absent, Weir chooses one. */
  readonly maxTokens?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const paths: Readonly<Record<Way['to'], string>> = {
  chat: '/v1/chat/completions',
  messages: '/v1/messages',
  responses: '/v1/responses',
  embeddings: '/v1/embeddings',
  count: '/v1/messages/count_tokens',
};

/** The endpoint whose limits count such calls. */
export function endpointOf({ to }: Way): Endpoint {
  return to === 'count' ? 'messages' : to;
}

export function callBytes(plan: CallPlan, way: Way, number: number, stream: boolean): Buffer {
  const headers = { authorization: `Bearer ${plan.apiKey}`, 'content-type': 'application/json', ...plan.headers };
  const body = { model: modelName(plan.model, way.via), ...bodyOf(plan, way, number, stream) };
  return requestBytes('POST', plan.url, paths[way.to], headers, JSON.stringify(body));
}

function bodyOf(plan: CallPlan, way: Way, number: number, stream: boolean): object {
  const { prompt, maxTokens } = plan;
  const user = writeLabel({ user: plan.user, number, sentAtMs: Date.now(), endpoint: endpointOf(way) });
  const messages = [{ role: 'user', content: prompt }];
  const streaming = stream ? { stream } : {};
  switch (way.to) {
    case 'chat': {
      // Half of the calls ask for no usage chunk. The gateway must learn the usage all the same.
      const options = stream && number % 4 < 2 ? { stream_options: { include_usage: true } } : {};
      return { messages, ...cap('max_tokens', maxTokens), ...streaming, ...options, user };
    }
    case 'messages':
      // This protocol requires a cap.
      return {
        messages,
        max_tokens: maxTokens ?? 1024,
        system: 'Be brief.',
        ...streaming,
        metadata: { user_id: user },
      };
    case 'responses':
      return {
        input: number % 3 === 0 ? prompt : [{ type: 'message', role: 'user', content: inputText(prompt) }],
        instructions: 'Be brief.',
        ...cap('max_output_tokens', maxTokens),
        ...streaming,
        user,
      };
    case 'embeddings':
      return { input: embedded(prompt, number), user };
    case 'count':
      return { messages };
  }
}

function cap(name: string, maxTokens: number | undefined): object {
  return maxTokens === undefined ? {} : { [name]: maxTokens };
}

function inputText(text: string): readonly object[] {
  return [{ type: 'input_text', text }];
}

/** Takes turns: one text, several, the tokens of one, or the tokens of several. */
function embedded(prompt: string, number: number): unknown {
  const tokens = Array.from({ length: prompt.length >> 2 }, (_, index) => index);
  const ways = [prompt, [prompt, prompt, 'weir'], tokens, [tokens, [1, 2]]];
  return ways[(number >> 1) % ways.length];
}
