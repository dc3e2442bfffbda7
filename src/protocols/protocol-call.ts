import type { Endpoint } from '../core/ledger/limit.ts';
import type { ScannedObject } from './json/json-scan.ts';
import { type JsonRecord, asRecord } from './json/json-value.ts';
import type { ReadObject } from './json/read-object.ts';

/** The protocols in which a client asks, and in which a provider is asked. They need not be the same one. */
export type ProtocolName = Endpoint;

/** A request in one protocol: as sent, as text, as understood, and what the gateway must know of it in any protocol. */
export interface ProtocolCallOf<Name extends ProtocolName, Request> {
  readonly protocol: Name;
  readonly body: Uint8Array;
  readonly text: string;
  readonly object: ScannedObject;
  readonly request: Request;
  readonly model: string | undefined;
  /** What to fall back on, in order, as the client lists it. */
  readonly models: readonly string[];
  readonly stream: boolean;
  /** As the provider is told too. */
  readonly endUser: string | undefined;
}

/** The call that a body is, once it is understood as a request of this protocol. */
export function protocolCallOf<
  const Name extends ProtocolName,
  Request extends { readonly model?: string | null | undefined },
>(
  protocol: Name,
  { body, text, object }: Omit<ReadObject, 'value'>,
  request: Request,
  about: {
    readonly stream: boolean;
    readonly endUser: string | undefined;
    readonly models?: readonly string[] | null | undefined;
  },
): ProtocolCallOf<Name, Request> {
  const { stream, endUser, models } = about;
  return {
    protocol,
    body,
    text,
    object,
    request,
    model: request.model ?? undefined,
    models: models ?? [],
    stream,
    endUser,
  };
}

/** Whom OpenAI's protocols name as the end user. Its newest name for it comes first. */
export function endUserOf({ safety_identifier: safety, user, metadata }: JsonRecord): string | undefined {
  const named = safety ?? user ?? asRecord(metadata)?.['user_id'];
  return typeof named === 'string' && named !== '' ? named : undefined;
}

export type ProtocolCall = ProtocolCallOf<ProtocolName, Readonly<Record<string, unknown>>>;

/** Why a request can't be put into another protocol: what it asks for has no words there. */
export interface Untranslatable {
  readonly kind: 'untranslatable';
  readonly param: string;
  /** What can't be had, and the remedy. */
  readonly message: string;
}

/** Takes down the name of a part of a request that its target is not sent, and that was optional. */
export type Drop = (name: string) => void;

export function untranslatable(param: string, message: string): Untranslatable {
  return { kind: 'untranslatable', param, message };
}

export function isUntranslatable(value: unknown): value is Untranslatable {
  const { kind, param, message } = asRecord(value) ?? {};
  return kind === 'untranslatable' && typeof param === 'string' && typeof message === 'string';
}
