import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { Env } from '../../src/env.ts';
import type { TenantProtocol } from '../../src/core/account/protocol.ts';

/** What stands between the router and the objects that it asks, in the hand of the test. */

export type Method = keyof TenantProtocol;

/** A question, which `ask` passes on and answers. */
export interface Question {
  readonly binding: string;
  readonly id: string;
  readonly method: string;
  readonly request: unknown;
  readonly ask: () => Promise<unknown>;
}

export type Between = (question: Question) => Promise<unknown>;

/** The bindings, with `between` in the way of every question to a Durable Object. */
export function interceptedEnv(between: Between, bindings: readonly (keyof Env)[] = ['TENANT']): Env {
  const intercepted = bindings.map((binding) => {
    // The bindings that are named are those of Durable Objects.
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
    get(target, method) {
      const call: unknown = Reflect.get(target, method);
      if (typeof call !== 'function' || typeof method === 'symbol') return call;
      return async (...parameters: unknown[]) => {
        const ask = async (): Promise<unknown> => (await Reflect.apply(call, target, parameters)) as unknown;
        return between({ binding, id, method, request: parameters[0], ask });
      };
    },
  });
}

/** What becomes of a question: it arrives and is answered; or it never arrives; or its answer is lost; or with it the actor. */
export type Fate = 'works' | 'unreached' | 'answer lost' | 'actor killed';

export interface Faults {
  readonly env: Env;
  /** What was asked by the method, lost or not. */
  readonly requests: (method: Method) => readonly unknown[];
}

/** An account whose questions meet these fates in turn, method by method; those that follow work. */
export function faults(fates: Partial<Record<Method, readonly Fate[]>>): Faults {
  const asked = new Map<string, unknown[]>();
  const faultyEnv = interceptedEnv(async ({ id, method, request, ask }) => {
    const requests = asked.get(method) ?? [];
    asked.set(method, requests);
    const fate = fates[method as Method]?.[requests.length] ?? 'works';
    requests.push(request);
    if (fate === 'unreached') throw new Error('connection lost');
    // Once it has answered, what it says is on disk.
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
