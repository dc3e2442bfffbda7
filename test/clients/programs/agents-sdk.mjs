// As its makers' examples do: nothing is said of the server but in the environment.
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, run, tool } from '@openai/agents';
import { z } from 'zod';

const [model, prompt] = process.argv.slice(2);
const write = tool({
  name: 'write_file',
  description: 'Writes a text to a file.',
  parameters: z.object({ path: z.string(), content: z.string() }),
  execute: ({ path, content }) => {
    writeFileSync(path, content);
    return 'written';
  },
});
const read = tool({
  name: 'read_file',
  description: 'Reads a file.',
  parameters: z.object({ path: z.string(), line: z.number().nullable() }),
  execute: ({ path }) => readFileSync(path, 'utf8'),
});
const agent = new Agent({ name: 'Writer', instructions: 'Use your tools.', model, tools: [write, read] });

const streamed = await run(agent, prompt, { stream: true });
for await (const text of streamed.toTextStream()) process.stdout.write(text);
await streamed.completed;
const next = await run(agent, [...streamed.history, { role: 'user', content: 'Thanks. What was my first word?' }]);
const last = await run(agent, 'And my last one?', { previousResponseId: next.lastResponseId });
process.stdout.write(`\n${next.finalOutput}\n${last.finalOutput}\n`);
