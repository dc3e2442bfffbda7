import type { TenantProtocol } from './protocol.ts';

/** Commands of one router to one account that travel together: a trip costs more than what a command does there. */

/** Those that may travel with others. Each has a method of its own, too, for when it travels alone. */
export type Method = 'admit' | 'extend' | 'settle' | 'voidCall' | 'renew';

export type CommandOf<M extends Method> = {
  readonly [Each in M]: { readonly method: Each; readonly request: Parameters<TenantProtocol[Each]>[0] };
}[M];
export type ReplyTo<M extends Method> = Awaited<ReturnType<TenantProtocol[M]>>;

export type Command = CommandOf<Method>;
export type CommandReply = ReplyTo<Method>;

/** What became of one command. One that failed says why, and the others do not fail with it. */
export type CommandOutcome = { readonly reply: CommandReply } | { readonly failed: string };

/** Has the actor carry out one command, by the method of its own. */
export function askAlone(actor: TenantProtocol, command: Command): Promise<CommandReply> {
  switch (command.method) {
    case 'admit':
      return actor.admit(command.request);
    case 'extend':
      return actor.extend(command.request);
    case 'settle':
      return actor.settle(command.request);
    case 'voidCall':
      return actor.voidCall(command.request);
    case 'renew':
      return actor.renew(command.request);
  }
}
