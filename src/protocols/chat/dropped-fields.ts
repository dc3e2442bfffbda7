import type { Quirks } from '../../catalog/quirks.ts';
import { routerFields } from '../../catalog/sampling-fields.ts';
import { isForGateway } from '../asked-models.ts';
import { asRecord } from '../json/json-value.ts';
import type { ChatCall } from './request.ts';

/** Whether a server is not sent a field, because it would reject it or has no use for it. */
export function isDropped(name: string, { drop, extensions }: Quirks): boolean {
  return drop.includes(name) || (!extensions.includes('routing') && routerFields.some((each) => each === name));
}

/** The fields of a client's own body that a server is not sent. */
export function droppedFields(call: Pick<ChatCall, 'object' | 'models'>, quirks: Quirks): readonly string[] {
  const names = call.object.members.map(({ name }) => name);
  return names.filter((name) => isDropped(name, quirks) && !isForGateway(name, call));
}

/**
 * How much to reason, in the words of OpenRouter's clients; undefined where they don't say, or where the server knows
 * those words.
 */
export function foreignReasoning({ request }: ChatCall, { reasoning: style }: Quirks) {
  return style === 'object' ? undefined : asRecord(request['reasoning']);
}
