/**
 * What Claude models accept, where they differ from each other. From Anthropic's migration guides and its pages on
 * thinking, effort, structured outputs and system messages, as of November 2026:
 * https://platform.claude.com/docs/en/about-claude/models/migration-guide
 */

/** What a translation needs to know of its target. */
export interface ClaudeModel {
  /** The provider's own name for it. */
  readonly name: string;
  readonly maxOutputTokens: number;
  /** The cap on a call whose client set none, as far as it can be foreseen. */
  readonly defaultOutputTokens: number;
  /**
   * Whether it is told to think with a budget of tokens, or as it sees fit, by effort; undefined where it can't think.
   */
  readonly thinking: 'budget' | 'adaptive' | undefined;
}

export type Effort = 'low' | 'medium' | 'high' | 'xhigh' | 'max';

export interface ClaudeTraits {
  readonly thinksUnasked: boolean;
  /** The type that turns thinking off, or down as far as it goes; undefined where it is always on. */
  readonly thinkingOff: 'disabled' | 'between_tools' | undefined;
  /** Whether it can be forced to call a tool. */
  readonly forcedTools: boolean;
  /** Whether it takes a temperature and the like. */
  readonly sampling: boolean;
  /** Whether it continues a last message of the assistant. */
  readonly prefill: boolean;
  /** Whether it takes system messages between the turns. */
  readonly systemTurns: boolean;
  readonly efforts: readonly Effort[];
}

const efforts: readonly Effort[] = ['low', 'medium', 'high', 'xhigh', 'max'];

const claude4: ClaudeTraits = {
  thinksUnasked: false,
  thinkingOff: 'disabled',
  forcedTools: true,
  sampling: true,
  prefill: true,
  systemTurns: false,
  efforts: ['low', 'medium', 'high'],
};
const claude46: ClaudeTraits = { ...claude4, prefill: false, efforts: ['low', 'medium', 'high', 'max'] };
const claude47: ClaudeTraits = { ...claude46, sampling: false, efforts };
const claude48: ClaudeTraits = { ...claude47, systemTurns: true };
const claude5: ClaudeTraits = { ...claude48, thinksUnasked: true };
const alwaysOn: ClaudeTraits = { ...claude5, thinkingOff: undefined };
const unforced: ClaudeTraits = { ...alwaysOn, forcedTools: false };

const traitsByModel: ReadonlyMap<string, ClaudeTraits> = new Map([
  ['opus-5.5', unforced],
  ['sonnet-5.5', { ...unforced, thinkingOff: 'between_tools' }],
  ['haiku-5.5', claude5],
  ['fable-5.1', unforced],
  ['mythos-5.1', unforced],
  ['fable-5', alwaysOn],
  ['mythos-5', alwaysOn],
  ['opus-5', claude5],
  ['sonnet-5', claude5],
  ['opus-4.8', claude48],
  ['opus-4.7', claude47],
  ['opus-4.6', claude46],
  ['sonnet-4.6', claude46],
]);

/** A model that is unknown here gets nothing that newer models reject, and is refused nothing. */
const unknown: ClaudeTraits = { ...alwaysOn, prefill: true, systemTurns: false };

export function traitsOf({ name, thinking }: ClaudeModel): ClaudeTraits {
  const [, family, major, minor] = /\bclaude-([a-z]+)-(\d+)(?:[-.](\d{1,2}))?(?!\d)/.exec(name) ?? [];
  const version = minor === undefined || minor === '0' ? major : `${major}.${minor}`;
  const known = traitsByModel.get(`${family}-${version}`);
  if (known !== undefined) return known;
  // Only older models were ever given a budget.
  return thinking === 'adaptive' ? unknown : claude4;
}
