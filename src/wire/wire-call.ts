import type { Endpoint } from '../ledger/limit.ts';
import type { ScannedObject } from './json-scan.ts';

/** The protocols in which a client asks, and in which a provider is asked. They need not be the same one. */
export type WireName = Endpoint;

/** A request in one protocol: as sent, as text, as understood, and what the gateway must know of it in any protocol. */
export interface WireCallOf<Name extends WireName, Request> {
  readonly wire: Name;
  readonly body: Uint8Array;
  readonly text: string;
  readonly object: ScannedObject;
  readonly request: Request;
  readonly model: string | undefined;
  readonly stream: boolean;
  /** As the provider is told too. */
  readonly endUser: string | undefined;
}

export type WireCall = WireCallOf<WireName, Readonly<Record<string, unknown>>>;

/** Why a request can't be put into another protocol: what it asks for has no words there. */
export interface Untranslatable {
  readonly kind: 'untranslatable';
  readonly param: string;
  /** What can't be had, and the remedy. */
  readonly message: string;
}

export function untranslatable(param: string, message: string): Untranslatable {
  return { kind: 'untranslatable', param, message };
}
