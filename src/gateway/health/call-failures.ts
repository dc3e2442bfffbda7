import type { Door } from '../../actors/provider-health/health-messages.ts';
import type { PlannedAttempt } from '../../core/routing/plan.ts';

/** Where a call has failed so far. Failing again at the same place counts as one failure. */
export class CallFailures {
  readonly #failed = new Set<string>();

  note(attempt: PlannedAttempt): void {
    for (const door of doors) this.#failed.add(keyOf(door, attempt));
  }

  at(attempt: PlannedAttempt): Door[] {
    return this.#failed.size === 0 ? [] : doors.filter((door) => this.#failed.has(keyOf(door, attempt)));
  }
}

const doors: readonly Door[] = ['endpoint', 'model'];

function keyOf(door: Door, { provider, endpointName, candidate }: PlannedAttempt): string {
  return JSON.stringify([provider.name, door, door === 'endpoint' ? endpointName : candidate.target.model]);
}
