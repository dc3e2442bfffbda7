import * as v from 'valibot';
import { modelTokensMax, nameCharsMax, neutralParamsMax } from '../limits.ts';
import { namedRecord } from '../named-record.ts';
import type { DeepReadonly } from './deep-readonly.ts';
import { wholeNumber } from './whole-number.ts';

/** Fields that Weir itself sets. It relies on them: a cap that the server does not read is no cap. */
const ownFields: ReadonlySet<string> = new Set(['model', 'messages', 'stream', 'max_tokens', 'max_completion_tokens']);

const fieldName = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(nameCharsMax),
  v.check(
    (name) => !ownFields.has(name),
    "can not be named here: Weir sets it itself, and 'outputCap' says under which name the server reads its cap",
  ),
);

/**
 * How a server that speaks OpenAI's protocol differs from OpenAI's own. Each quirk is declared here and nowhere else:
 * its values, and its default, which is what OpenAI does.
 */
export const quirksSchema = v.strictObject({
  /** The field that caps its output. */
  outputCap: v.optional(v.picklist(['max_tokens', 'max_completion_tokens']), 'max_completion_tokens'),
  /** Whether it understands `stream_options.include_usage`. */
  streamUsage: v.optional(v.boolean(), true),
  /** The least output cap that it accepts. */
  minOutput: v.optional(wholeNumber(1, modelTokensMax), 1),
  /** Fields that it knows by another name. */
  rename: v.optional(v.pipe(namedRecord(fieldName, fieldName), v.maxEntries(neutralParamsMax)), {}),
  /** Fields that it rejects, and that only advise how an answer is made. They are not sent. */
  drop: v.optional(v.pipe(v.array(fieldName), v.maxLength(neutralParamsMax)), []),
  /** Whether it knows messages of a developer. If not, they are sent as the system's. */
  developerRole: v.optional(v.boolean(), true),
  /** Whether a tool's result may, must or must not carry the tool's name. Clients may leave that name out. */
  toolNames: v.optional(v.picklist(['optional', 'needed', 'refused']), 'optional'),
  /** What it understands beyond OpenAI's own messages. A translated request keeps these parts. */
  extensions: v.optional(
    v.array(
      v.picklist([
        'cache_control',
        'reasoning_details',
        'reasoning_content',
        /** Gemini's signatures of calls, in their `extra_content`. */
        'thought_signature',
        /** A web address as the `file_data` of a file. */
        'file_url',
        /** OpenRouter's fields about how it is to serve a call. */
        'routing',
        /** In Responses, a cap on how often it runs tools of its own. It keeps to the cap. */
        'max_tool_calls',
      ]),
    ),
    [],
  ),
  /** How it is told how much to reason. */
  reasoning: v.optional(
    v.picklist([
      /** OpenAI's `reasoning_effort`. */
      'effort',
      /** OpenRouter's `reasoning: {effort, max_tokens}`. */
      'object',
      /** `thinking: {type: enabled | disabled}`. */
      'switch',
      /** DeepSeek: the switch, and beside it a `reasoning_effort` of low, high or max. */
      'switch-and-effort',
      /** Z.ai: a `reasoning_effort` of low, high or max. Some models can not be told to stop reasoning. */
      'steps',
      'none',
    ]),
    'effort',
  ),
});

export type Quirks = DeepReadonly<v.InferOutput<typeof quirksSchema>>;

/** Of a server that does everything as OpenAI does. */
export const noQuirks: Quirks = v.parse(quirksSchema, {});
