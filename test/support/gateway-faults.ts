import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { Env } from '../../src/env.ts';
import { carryOut } from '../../src/actors/tenant/carry-out.ts';
import { type Command, type CommandOutcome, askAlone } from '../../src/core/account/exchange.ts';
import type { TenantProtocol } from '../../src/core/account/protocol.ts';

/** The test decides what happens to the questions of the router to Durable Objects. */

export type Method = keyof TenantProtocol;

/** A question. `ask` passes it on and returns the answer. */
interface Question {
  readonly binding: string;
  readonly id: string;
  readonly method: string;
  readonly request: unknown;
  readonly ask: () => Promise<unknown>;
}

export type Between = (question: Question) => Promise<unknown>;

/** The bindings. Every question to a Durable Object goes through `between`. */
export function interceptedEnv(between: Between, bindings: readonly (keyof Env)[] = ['TENANT']): Env {
  const intercepted = bindings.map((binding) => {
    // The callers name bindings of Durable Objects only.
    return [binding, intercept(binding, env[binding as 'TENANT'], between)];
  });
  return { ...env, ...(Object.fromEntries(intercepted) as Partial<Env>) };
}

function intercept<Namespace extends object>(binding: string, namespace: Namespace, between: Between): Namespace {
  return new Proxy(namespace, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      if (property !== 'getByName' || typeof value !== 'function') return value;
      return (id: string) => interceptStub(binding, id, Reflect.apply(value, target, [id]) as object, between);
    },
  });
}

function interceptStub(binding: string, id: string, stub: object, between: Between): object {
  return new Proxy(stub, {
    get(target, method, receiver: object) {
      const call: unknown = Reflect.get(target, method);
      if (typeof call !== 'function' || typeof method === 'symbol') return call;
      // Commands that travel together are questions of their own all the same.
      if (method === 'exchange') return async (request: unknown) => oneByOne(request as Together, receiver);
      return async (...parameters: unknown[]) => {
        const ask = async (): Promise<unknown> => (await Reflect.apply(call, target, parameters)) as unknown;
        return between({ binding, id, method, request: parameters[0], ask });
      };
    },
  });
}

interface Together {
  readonly commands: readonly Command[];
}

async function oneByOne({ commands }: Together, stub: object): Promise<CommandOutcome[]> {
  // The stub of an account.
  return carryOut(commands, async (command) => askAlone(stub as TenantProtocol, command));
}

/** A question is answered, never arrives, loses its answer, or loses its answer and kills the actor. */
export type Fate = 'works' | 'unreached' | 'answer lost' | 'actor killed';

interface Faults {
  readonly env: Env;
  /** All requests to the method, lost or not. */
  readonly requests: (method: Method) => readonly unknown[];
}

/** An account. The questions to a method meet these fates in turn, and all later ones work. */
export function faults(fates: Partial<Record<Method, readonly Fate[]>>): Faults {
  const asked = new Map<string, unknown[]>();
  const faultyEnv = interceptedEnv(async ({ id, method, request, ask }) => {
    const requests = asked.get(method) ?? [];
    asked.set(method, requests);
    const fate = fates[method as Method]?.[requests.length] ?? 'works';
    requests.push(request);
    if (fate === 'unreached') throw new Error('connection lost');
    // An answer is on disk before it is sent.
    const answer = await ask();
    if (fate === 'works') return answer;
    if (fate === 'actor killed') await kill(id);
    throw new Error('answer lost');
  });
  return { env: faultyEnv, requests: (method) => asked.get(method) ?? [] };
}

/** Ends an account's actor as a crash would. The next question wakes it from its disk. */
export async function kill(id: string): Promise<void> {
  const killed = runInDurableObject(env.TENANT.getByName(id), (_, state) => state.abort('killed'));
  await killed.then(
    () => undefined,
    () => undefined,
  );
}

export function times(count: number, fate: Fate): Fate[] {
  return Array.from({ length: count }, () => fate);
}
