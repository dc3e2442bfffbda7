import { type JsonRecord, asRecord } from '../../protocols/json/json-value.ts';
import { OutputCount } from '../../protocols/output-count.ts';
import type { ReportedUsage } from '../../protocols/reported-usage.ts';
import type { WireName } from '../../protocols/wire-call.ts';
import { countAnswer, usageIn } from '../../protocols/wires.ts';

/** Where a usage can stand in what is no answer: beside the error, in it, or in an answer that the body is around. */
const wrappers = ['response', 'message', 'result', 'error'];

/**
 * What a provider says that it used, in a body that is no answer: an error, or an answer that has failed. Undefined
 * where it says nothing of it, or what can't be true, because more has come.
 */
export function statedUsage(wire: WireName, body: JsonRecord, wordsPerToken: number): ReportedUsage | undefined {
  for (const place of [body, ...wrappers.map((name) => asRecord(body[name]))]) {
    const usage = place === undefined ? undefined : usageIn(wire, place);
    if (place === undefined || usage === undefined) continue;
    const count = new OutputCount(wordsPerToken);
    countAnswer(wire, count, place);
    return count.report(usage.outputTokens) ? usage : undefined;
  }
  return undefined;
}
