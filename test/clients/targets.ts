import type { FakeName } from '../support/fakes/fake.ts';
import { allClients } from './all-clients.ts';
import type { TargetName } from './client.ts';

/** Who answers, and by which of its models, for each protocol of targets. */
interface Target {
  readonly provider: FakeName;
  readonly model: string;
}

export const targets: Readonly<Record<TargetName, Target>> = {
  chat: { provider: 'zai', model: 'glm-5.3' },
  Messages: { provider: 'anthropic', model: 'claude-sonnet-5-5' },
  Responses: { provider: 'openai', model: 'gpt-6-sol' },
  Gemini: { provider: 'google', model: 'gemini-3.8-flash' },
};

// The keys are those of the record above.
export const targetNames = Object.keys(targets) as TargetName[];

/** The names that clients know, as aliases of models that others serve. */
export function aliases(): object {
  const models = targetNames.map((name) => {
    const known = Object.values(allClients).flatMap(({ knownNames }) => knownNames?.[name] ?? []);
    return [targets[name].model, { aliases: known }] as const;
  });
  return { models: Object.fromEntries(models.filter(([, { aliases: known }]) => known.length > 0)) };
}
