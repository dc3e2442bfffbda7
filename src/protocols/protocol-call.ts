import type { Endpoint } from '../core/ledger/limit.ts';
import type { ScannedObject } from './json/json-scan.ts';
import { type JsonRecord, asRecord } from './json/json-value.ts';
import type { ReadObject } from './json/read-object.ts';

/** The protocols in which a client asks, and in which a provider is asked. They need not be the same one. */
export type ProtocolName = Endpoint;

/** A request in one protocol: as sent, as text, as understood, and what the gateway needs to know in any protocol. */
export interface ProtocolCallOf<Name extends ProtocolName, Request> {
  readonly protocol: Name;
  readonly body: Uint8Array;
  readonly text: string;
  readonly object: ScannedObject;
  readonly request: Request;
  readonly model: string | undefined;
  /** The models to fall back on, in order, as the client lists them. */
  readonly models: readonly string[];
  readonly stream: boolean;
  /** The provider is told it too. */
  readonly endUser: string | undefined;
}

/** Makes a call of a body that is understood as a request of this protocol. */
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

/** The end user that a request of one of OpenAI's protocols names. OpenAI's newest name for the field comes first. */
export function endUserOf({ safety_identifier: safety, user, metadata }: JsonRecord): string | undefined {
  const named = safety ?? user ?? asRecord(metadata)?.['user_id'];
  return typeof named === 'string' && named !== '' ? named : undefined;
}

export type ProtocolCall = ProtocolCallOf<ProtocolName, Readonly<Record<string, unknown>>>;

/** Why a request can't be translated into another protocol: that protocol has no words for what it asks. */
export interface Untranslatable {
  readonly kind: 'untranslatable';
  readonly param: string;
  /** What is impossible, and the remedy. */
  readonly message: string;
}

/** Notes the name of an optional part of a request that its target is not sent. */
export type Drop = (name: string) => void;

export function untranslatable(param: string, message: string): Untranslatable {
  return { kind: 'untranslatable', param, message };
}

export function isUntranslatable(value: unknown): value is Untranslatable {
  const { kind, param, message } = asRecord(value) ?? {};
  return kind === 'untranslatable' && typeof param === 'string' && typeof message === 'string';
}
