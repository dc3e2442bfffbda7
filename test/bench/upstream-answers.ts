/**
 * The answers of the provider behind everything that is measured: made once, in both protocols, and as large as those
 * of real providers. The tests' fake provider doesn't make them: with other bytes the numbers would not compare with
 * earlier ones.
 */

export type ProviderProtocol = 'chat' | 'messages';

/** The bytes of an answer, in the parts in which they are written. The first part has the head. */
export type Answer = readonly Buffer[];

/** How many pieces of text there are in a long stream. */
export const longChunks = 500;
const shortChunks = 16;
/** How many events are written together where nothing says that each is to come alone. */
const eventsPerWrite = 8;

/** As a tokenizer cuts a text up. A few of them need escapes, and a few are no ASCII, as in any answer. */
const pieces =
  'High| enough|,| and| not| an| inch| more|.| The| gate| stands| open| a| hand|\n|The| gauge| reads| "|two|"| metres' +
  '| —| as| it| did| at| noon|.| Measure| again| tomorrow|,| before| the| rain| comes|.';

const words = pieces.split('|');
const usage = { input: 250, output: longChunks };
/** As long as those that providers make up. */
const id = 'bench-B9MBs8CjcvOU2jLn4n570S5qMJKcT';

export interface Answers {
  readonly whole: Answer;
  /** All at once. */
  readonly short: Answer;
  /** Several events at a time, as fast as they are taken. */
  readonly long: Answer;
  /** As `long`, but each event alone. */
  readonly single: Answer;
}

export function answersOf(protocol: ProviderProtocol): Answers {
  const events = protocol === 'chat' ? chatEvents : messageEvents;
  return {
    whole: respond('application/json', [JSON.stringify(protocol === 'chat' ? completion : message)]),
    short: respond('text/event-stream', [events(shortChunks).join('')]),
    long: respond('text/event-stream', together(events(longChunks))),
    single: respond('text/event-stream', events(longChunks)),
  };
}

function respond(contentType: string, parts: readonly string[]): Answer {
  const length = parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
  const head = `HTTP/1.1 200 OK\r\ncontent-type: ${contentType}\r\ncontent-length: ${length}\r\n\r\n`;
  return parts.map((part, index) => Buffer.from(index === 0 ? head + part : part));
}

function together(events: readonly string[]): string[] {
  const parts: string[] = [];
  for (let at = 0; at < events.length; at += eventsPerWrite) parts.push(events.slice(at, at + eventsPerWrite).join(''));
  return parts;
}

function textOf(chunks: number): string[] {
  return Array.from({ length: chunks }, (_, index) => words[index % words.length] ?? '');
}

const chatUsage = {
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
};

const completion = {
  ...chatEnvelope('chat.completion'),
  choices: [{ index: 0, message: { role: 'assistant', content: textOf(shortChunks).join('') }, finish_reason: 'stop' }],
  usage: chatUsage,
};

function chatEnvelope(object: string): object {
  const created = 1_700_000_000;
  return { id: `chatcmpl-${id}`, object, created, model: 'bench', system_fingerprint: 'fp_44709d6fcb' };
}

function chatEvents(chunks: number): string[] {
  const chunk = (fields: object): string =>
    `data: ${JSON.stringify({ ...chatEnvelope('chat.completion.chunk'), ...fields })}\n\n`;
  const choice = (delta: object, reason: string | null = null): object => ({
    choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
  });
  return [
    chunk(choice({ role: 'assistant', content: '', refusal: null })),
    ...textOf(chunks).map((content) => chunk(choice({ content }))),
    chunk(choice({}, 'stop')),
    chunk({ choices: [], usage: chatUsage }),
    'data: [DONE]\n\n',
  ];
}

const messageEnvelope = { id: `msg_${id}`, type: 'message', role: 'assistant', model: 'bench' };

const message = {
  ...messageEnvelope,
  content: [{ type: 'text', text: textOf(shortChunks).join('') }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: usage.input, output_tokens: usage.output },
};

function messageEvents(chunks: number): string[] {
  const event = (type: string, fields: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
  const begun = { ...messageEnvelope, content: [], stop_reason: null, stop_sequence: null };
  return [
    event('message_start', { message: { ...begun, usage: { input_tokens: usage.input, output_tokens: 1 } } }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    event('ping', {}),
    ...textOf(chunks).map((text) => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })),
    event('content_block_stop', { index: 0 }),
    event('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: usage.output },
    }),
    event('message_stop', {}),
  ];
}
