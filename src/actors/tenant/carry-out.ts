import type { Command, CommandOutcome, CommandReply } from '../../core/account/exchange.ts';

/** Has commands carried out in their order, in one turn, so that they are decided together. Each fails alone. */
export async function carryOut(
  commands: readonly Command[],
  ask: (command: Command) => Promise<CommandReply>,
): Promise<CommandOutcome[]> {
  return Promise.all(
    commands.map(async (command): Promise<CommandOutcome> => {
      try {
        return { reply: await ask(command) };
      } catch (error) {
        return { failed: String(error) };
      }
    }),
  );
}
