import { type JsonRecord, asRecord } from '../../protocols/json/json-value.ts';
import { OutputCount } from '../../protocols/output-count.ts';
import type { ReportedUsage } from '../../protocols/reported-usage.ts';
import type { ProtocolName } from '../../protocols/protocol-call.ts';
import { protocols } from '../../protocols/protocols.ts';

/** Where a usage can stand in a failure: next to the error, inside it, or in an answer that the body wraps. */
const wrappers = ['response', 'message', 'result', 'error'];

/**
 * What a provider says that it used, in a body that is no answer: an error, or an answer that has failed. Undefined if
 * it does not say, or if it can't be true because more has come.
 */
export function statedUsage(
  protocol: ProtocolName,
  body: JsonRecord,
  wordsPerToken: number,
): ReportedUsage | undefined {
  for (const place of [body, ...wrappers.map((name) => asRecord(body[name]))]) {
    const usage = place === undefined ? undefined : protocols[protocol].usageIn(place);
    if (place === undefined || usage === undefined) continue;
    const count = new OutputCount(wordsPerToken);
    protocols[protocol].count(count, place);
    return count.report(usage.outputTokens) ? usage : undefined;
  }
  return undefined;
}
