import type { ProtocolCall } from '../../protocols/protocol-call.ts';
import { type ComplexityJudgement, complexityOf } from './complexity.ts';
import { type StageJudgement, stageOf } from './stage.ts';
import { type Transcript, transcriptOf } from './transcript.ts';

/** What a request shows about what it wants. Judged only if a route asks, because it costs time. */
export interface Traits {
  readonly stage: () => StageJudgement;
  readonly complexity: () => Omit<ComplexityJudgement, 'score'>;
}

/** Reads the call at most once. */
export function traitsOf(call: Pick<ProtocolCall, 'protocol' | 'request'>): Traits {
  let read: Transcript | undefined;
  const transcript = (): Transcript => (read ??= transcriptOf(call));
  return { stage: () => stageOf(transcript()), complexity: () => complexityOf(transcript()) };
}
