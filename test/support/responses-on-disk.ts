import { epochMs } from '../../src/core/ledger/epoch-ms.ts';
import type { KeptResponse } from '../../src/core/account/kept-response.ts';
import { Responses } from '../../src/core/account/responses.ts';
import { noon } from './ledger.ts';
import { MemoryResponses } from './memory-responses.ts';

export const keepMs = 1000;

/** Kept responses on a disk that the test itself writes to. */
export class ResponsesOnDisk {
  readonly disk = new MemoryResponses();
  responses: Responses;
  readonly #bytesMax: number;
  readonly #countMax: number;

  constructor(bytesMax = 1e9, countMax = 100) {
    this.#bytesMax = bytesMax;
    this.#countMax = countMax;
    this.responses = new Responses(this.disk, countMax);
  }

  keep(response: KeptResponse, at: number = noon): boolean {
    return this.responses.keep(response, { keepMs, bytesMax: this.#bytesMax }, epochMs(at));
  }

  write(): void {
    this.disk.apply(this.responses.take());
  }

  wake(): void {
    this.write();
    this.responses = new Responses(this.disk, this.#countMax);
  }

  forgetOld(at: number, countMax = 100): number {
    return this.responses.forgetOld(epochMs(at), keepMs, countMax);
  }

  known(): string[] {
    return this.disk.all().map(({ id }) => id);
  }

  conversation(id: string): string[] | undefined {
    return this.responses.conversation(id)?.map((place) => place.id);
  }
}
