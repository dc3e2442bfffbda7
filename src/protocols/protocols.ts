import { chat } from './chat/protocol.ts';
import type { ChatCall } from './chat/request.ts';
import { embeddings } from './embeddings/protocol.ts';
import type { EmbeddingsCall } from './embeddings/request.ts';
import { messages } from './messages/protocol.ts';
import type { MessagesCall } from './messages/request.ts';
import type { Prompt } from './prompt.ts';
import type { ProtocolName } from './protocol-call.ts';
import type { Protocol } from './protocol.ts';
import type { ProviderTool } from './provider-tool.ts';
import { responses } from './responses/protocol.ts';
import type { ResponsesCall } from './responses/request.ts';

interface Calls {
  readonly chat: ChatCall;
  readonly messages: MessagesCall;
  readonly responses: ResponsesCall;
  readonly embeddings: EmbeddingsCall;
}

/** A request in any protocol. */
export type AnyCall = Calls[ProtocolName];

export const protocols: { readonly [Name in ProtocolName]: Protocol<Calls[Name]> } = {
  chat,
  messages,
  responses,
  embeddings,
};

/** A call of a protocol whose name the compiler knows, so that it accepts the protocol's functions for the call. */
type CallOf<Name extends ProtocolName> = Calls[Name] & { readonly protocol: Name };

const measured = new WeakMap<AnyCall, Prompt>();

/** What a call puts in. Each call is measured once. */
export function promptOf(call: AnyCall): Prompt {
  const known = measured.get(call);
  if (known !== undefined) return known;
  const prompt = measure(call);
  measured.set(call, prompt);
  return prompt;
}

function measure<Name extends ProtocolName>(call: CallOf<Name>): Prompt {
  return protocols[call.protocol].measure(call);
}

/** The tools that a request offers and that its provider would run. */
export function providerToolsOf<Name extends ProtocolName>(call: CallOf<Name>): readonly ProviderTool[] {
  return protocols[call.protocol].providerTools(call);
}
