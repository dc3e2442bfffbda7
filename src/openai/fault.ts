import { asRecord } from '../wire/json-value.ts';
import type { ProviderFault } from '../wire/provider-fault.ts';

/** The error in an answer or a chunk: OpenAI's shape, or one of those that compatible servers have. */
export function decodeFault(answer: Readonly<Record<string, unknown>>): ProviderFault | undefined {
  const error = answer['error'];
  if (typeof error === 'string' && error !== '') return { message: error };
  const fields = asRecord(error) ?? (answer['object'] === 'error' ? answer : undefined);
  if (fields === undefined) return undefined;
  const { message, type, code, param, status } = fields;
  const given = [status, code].find((value) => typeof value === 'number' && value >= 400 && value <= 599);
  return {
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof type === 'string' ? { type } : {}),
    ...(typeof code === 'string' || typeof code === 'number' ? { code: String(code) } : {}),
    ...(typeof param === 'string' ? { param } : {}),
    ...(typeof given === 'number' ? { status: given } : {}),
  };
}
