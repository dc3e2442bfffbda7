// As its makers' examples do: nothing is said of the server but in the environment.
import { readFileSync, writeFileSync } from 'node:fs';
import { ChatAnthropic } from '@langchain/anthropic';
import { ChatOpenAI } from '@langchain/openai';
import { createAgent, tool } from 'langchain';
import { z } from 'zod';

const [kind, name, prompt] = process.argv.slice(2);
const models = {
  chat: () => new ChatOpenAI({ model: name }),
  Responses: () => new ChatOpenAI({ model: name, useResponsesApi: true }),
  Messages: () => new ChatAnthropic({ model: name }),
};
const write = tool(
  ({ path, content }) => {
    writeFileSync(path, content);
    return 'written';
  },
  {
    name: 'write_file',
    description: 'Writes a text to a file.',
    schema: z.object({ path: z.string(), content: z.string() }),
  },
);
const read = tool(({ path }) => readFileSync(path, 'utf8'), {
  name: 'read_file',
  description: 'Reads a file.',
  schema: z.object({ path: z.string(), line: z.number().optional() }),
});
const agent = createAgent({ model: models[kind](), tools: [write, read], systemPrompt: 'Use your tools.' });

let messages = [];
for await (const [mode, part] of await agent.stream(
  { messages: [{ role: 'user', content: prompt }] },
  { streamMode: ['messages', 'values'] },
)) {
  if (mode === 'values') messages = part.messages;
  else process.stdout.write(part[0].text);
}
messages = [...messages, { role: 'user', content: 'Thanks. What was my first word?' }];
const next = await agent.invoke({ messages });
process.stdout.write(`\n${next.messages.at(-1).text}\n`);
