import type { Turn } from '../../../../src/core/routing/transcript.ts';

/** A conversation in no protocol. */
export interface Conversation {
  readonly system: string;
  readonly tools: readonly string[];
  readonly turns: readonly LabelledTurn[];
}

export interface LabelledTurn extends Turn {
  readonly images: number;
  readonly files: number;
}

export interface Labelled extends Conversation {
  readonly label: string;
  readonly language: string;
  readonly text: string;
}

/**
 * A set is a text. `=== label language` begins an entry; `@user`, `@assistant`, `@tool` and `@system` on a line of their
 * own say whose what follows is (the user's at first), `@calls a, b` what the assistant before calls, `@tools a, b` what
 * may be called, and `@image` and `@file` belong to the message of the user that follows, or else to the one before.
 */
function readLabelled(text: string): Labelled[] {
  return text
    .split(/^=== /m)
    .slice(1)
    .map((entry) => {
      const end = entry.indexOf('\n');
      const [label = '', language = ''] = entry.slice(0, end).split(' ');
      const body = entry.slice(end + 1).trim();
      return { label, language, text: body, ...readConversation(body) };
    });
}

const marker = /^@(?=(?:user|assistant|tools?|system|calls|image|file)\b)/m;

function readConversation(body: string): Conversation {
  const turns: { role: Turn['role']; text: string; toolCalls: string[]; images: number; files: number }[] = [];
  let [system, tools] = ['', new Array<string>()];
  let waiting = { images: 0, files: 0 };
  const pieces = (body.search(marker) === 0 ? body : `@user\n${body}`).split(marker).slice(1);
  for (const piece of pieces) {
    const [, name = '', names = '', text = ''] = /^(\w+) ?(.*)\n?([\s\S]*)$/.exec(piece) ?? [];
    const list = names.split(', ').filter((each) => each !== '');
    const last = turns.at(-1);
    if (name === 'system') system = text.trim();
    else if (name === 'tools') tools = list;
    else if (name === 'calls') last?.toolCalls.push(...list);
    else if (name === 'image' || name === 'file') {
      const into = last?.role === 'user' ? last : waiting;
      if (name === 'image') into.images++;
      else into.files++;
    } else if (name === 'user' || name === 'assistant' || name === 'tool') {
      turns.push({ role: name, text: text.trim(), toolCalls: [], ...waiting });
      waiting = { images: 0, files: 0 };
    } else throw new Error(`There is no @${name}.`);
  }
  return { system, tools, turns };
}

/** The held-out half is what the classifiers were never tuned on: chosen by what the text hashes to. */
function isHeldOut({ text }: Labelled): boolean {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return (((hash >>> 15) ^ hash) & 1) === 1;
}

const texts = import.meta.glob<string>('./*.txt', { query: '?raw', import: 'default', eager: true });

/**
 * The sets of a kind by how they came about. Half of the first set, which was written before the word lists, and all of
 * the sets for development were looked at while the classifiers were made; the other half of the first set was only
 * counted. The fresh set was written when nothing was changed any more, in other words than the lists have.
 */
export function labelledSets(kind: 'stage' | 'complexity'): Record<'development' | 'heldOut' | 'fresh', Labelled[]> {
  const first: Labelled[] = [];
  const [development, fresh]: Labelled[][] = [[], []];
  for (const [path, text] of Object.entries(texts)) {
    const [, of = '', rest = ''] = /([a-z]+)-([a-z-]+)\.txt$/.exec(path) ?? [];
    if (of !== kind) continue;
    const into = rest.startsWith('fresh') ? fresh : rest.startsWith('development') ? development : first;
    into?.push(...readLabelled(text));
  }
  return {
    development: [...(development ?? []), ...first.filter((each) => !isHeldOut(each))],
    heldOut: first.filter(isHeldOut),
    fresh: fresh ?? [],
  };
}
