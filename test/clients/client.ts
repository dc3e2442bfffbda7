import type { PlayedCall } from '../support/fakes/play.ts';

/** A program or a library that its users point at a gateway, as its makers have published it. */
export interface Client {
  /** As its users call it. */
  readonly title: string;
  /** What is installed, of which versions. The first is the client. */
  readonly packages: readonly [Package, ...Package[]];
  readonly protocol: 'chat' | 'Messages' | 'Responses';
  /** Where it is told the base URL and the key: a part of a sentence, in Markdown. */
  readonly baseUrl: string;
  readonly key: string;
  /** What else has to be set so that it works; empty where nothing has. In Markdown. */
  readonly needs: readonly string[];
  /** What the run of it sets, though its users need not: to run without a terminal, or without the internet. */
  readonly forTheRun: readonly string[];
  /** Names that it takes for its maker's models, by the target that is to serve them. */
  readonly knownNames?: Readonly<Partial<Record<TargetName, string>>>;
  /** Models of the catalog that it is run with too, by the target that serves them. */
  readonly models?: Readonly<Partial<Record<TargetName, readonly string[]>>>;
  /** How its tools write a text to a file, and read it again. For each there may be several ways. */
  steps(file: string, text: string): readonly (readonly PlayedCall[])[];
  start(setting: Setting): Started;
}

interface Package {
  readonly name: string;
  readonly version: string;
}

/** The protocol that a provider is asked in; Gemini takes part of chat completions, and refuses the rest. */
export type TargetName = 'chat' | 'Messages' | 'Responses' | 'Gemini';

/** What a run has at hand. */
export interface Setting {
  /** Of the gateway, without a path. */
  readonly url: string;
  readonly key: string;
  readonly model: string;
  readonly prompt: string;
  /** Empty folders: where it works, and what it takes to be its user's home. */
  readonly workFolder: string;
  readonly home: string;
  /** Where its packages are installed. */
  readonly installed: string;
}

export interface Started {
  /** In `node_modules/.bin` of what is installed, or `node`. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Written before it starts, by their absolute paths. */
  readonly files?: Readonly<Record<string, string>>;
}
