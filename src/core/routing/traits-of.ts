import type { ProtocolCall } from '../../protocols/protocol-call.ts';
import { complexityOf } from './complexity.ts';
import { stageOf } from './stage.ts';
import type { Traits } from './traits.ts';
import { type Transcript, transcriptOf } from './transcript.ts';

/** The traits of a call in whichever protocol. It is read once, and only if a route asks for one of them. */
export function traitsOf(call: Pick<ProtocolCall, 'protocol' | 'request'>): Traits {
  let read: Transcript | undefined;
  const transcript = (): Transcript => (read ??= transcriptOf(call));
  return { stage: () => stageOf(transcript()), complexity: () => complexityOf(transcript()) };
}
