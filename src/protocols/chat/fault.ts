import { type JsonRecord, asCount, asList, asRecord, asText, parseJson } from '../json/json-value.ts';
import type { ProviderFault } from '../provider-fault.ts';
import { cloudflareMeaning, zaiMeaning } from './fault-codes.ts';

/**
 * The error in an answer or a chunk, in OpenAI's shape or in one of those of compatible servers. Undefined where there
 * is none.
 */
export function decodeFault(answer: unknown): ProviderFault | undefined {
  // Google puts its errors into a list.
  const record = asRecord(answer) ?? asRecord(asList(answer)[0]);
  if (record === undefined) return undefined;
  const { error } = record;
  if (typeof error === 'string' && error !== '') return flat(error, record);
  const nested = asRecord(error);
  if (nested !== undefined) return faultOf(nested);
  if (record['object'] === 'error') return faultOf(record);
  return cloudflareFault(record);
}

/** What the body of an error says. A body that is not JSON may still say it in words. */
export function faultOfBody(text: string): ProviderFault {
  const answer = parseJson(text);
  const words = answer === undefined ? text.trim() : answer;
  if (typeof words === 'string') return words === '' || words.includes('<') ? {} : { message: words };
  const fault = decodeFault(answer);
  if (fault !== undefined) return fault;
  const record = asRecord(answer) ?? {};
  const message = asText(record['message']) ?? validationMessage(record['detail']) ?? asText(record['detail']);
  return message === undefined ? {} : { message };
}

/** xAI and local servers answer with a text, and perhaps a code in words beside it. */
function flat(message: string, { code }: JsonRecord): ProviderFault {
  return { message, ...codeOf(code) };
}

function faultOf(error: JsonRecord): ProviderFault {
  const { type, code, param, status } = error;
  const message = messageOf(error['message']);
  const metadata = asRecord(error['metadata']);
  const meaning = type === undefined ? zaiMeaning(code) : undefined;
  const given = [status, code].map(statusOf).find((value) => value !== undefined);
  return {
    ...(message === undefined ? {} : { message: withCause(message, metadata) }),
    ...(typeof type === 'string' ? { type } : {}),
    ...codeOf(code),
    ...(typeof param === 'string' ? { param } : {}),
    ...(given === undefined ? {} : { status: given }),
    ...statusName(status),
    ...meaning,
    ...openRouterNames(metadata),
    ...retryDelay(error['details']),
  };
}

function codeOf(code: unknown): Pick<ProviderFault, 'code'> {
  return (typeof code === 'string' && code !== '') || typeof code === 'number' ? { code: String(code) } : {};
}

/** A status, as a number or in digits. */
function statusOf(value: unknown): number | undefined {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && status >= 400 && status <= 599 ? status : undefined;
}

/** Google names its statuses: RESOURCE_EXHAUSTED. */
function statusName(status: unknown): Pick<ProviderFault, 'type'> {
  return typeof status === 'string' && /^[A-Z][A-Z_]+$/.test(status) ? { type: status } : {};
}

/** Mistral's message is a text, or an object that says field by field what was wrong. */
function messageOf(message: unknown): string | undefined {
  return asText(message) ?? validationMessage(asRecord(message)?.['detail']);
}

const faultsShown = 3;

/** The message of FastAPI, with which several providers are made, about a body that it can't read. */
function validationMessage(detail: unknown): string | undefined {
  const faults = asList(detail).slice(0, faultsShown).map(asRecord);
  const texts = faults.flatMap((fault) => {
    const text = asText(fault?.['msg']);
    const path = asList(fault?.['loc']).filter((part) => part !== 'body');
    return text === undefined ? [] : path.length === 0 ? text : `${path.join('.')}: ${text}`;
  });
  return texts.length === 0 ? undefined : texts.join('; ');
}

/**
 * OpenRouter's code repeats the status. Its metadata say what it means and whose limit it is. The most telling field is
 * taken.
 */
function openRouterNames(metadata: JsonRecord | undefined): Pick<ProviderFault, 'code' | 'type'> {
  const code =
    asText(metadata?.['reason']) ?? asText(metadata?.['limit_source']) ?? asText(metadata?.['provider_code']);
  const type = asText(metadata?.['error_type']);
  return { ...(code === undefined ? {} : { code }), ...(type === undefined ? {} : { type }) };
}

/** "Provider returned error" says nothing. What the provider behind OpenRouter said is added to it. */
function withCause(message: string, metadata: JsonRecord | undefined): string {
  const provider = asText(metadata?.['provider_name']);
  const raw = metadata?.['raw'];
  const parsed = typeof raw === 'string' ? parseJson(raw) : raw;
  const cause = decodeFault(parsed)?.message ?? asText(asRecord(parsed)?.['message']) ?? asText(raw);
  if (cause === undefined || cause === message) return message;
  return `${message} (${provider === undefined ? '' : `${provider}: `}${cause.slice(0, causeCharsMax)})`;
}

/** The cause can be a whole page. */
const causeCharsMax = 500;

/** Google says when to come back in the body, not in a header. */
function retryDelay(details: unknown): Pick<ProviderFault, 'retryAfterMs'> {
  for (const detail of asList(details)) {
    const seconds = /^(\d{1,6}(?:\.\d+)?)s$/.exec(asText(asRecord(detail)?.['retryDelay']) ?? '')?.[1];
    if (seconds !== undefined) return { retryAfterMs: Math.ceil(Number(seconds) * 1000) };
  }
  return {};
}

/**
 * Cloudflare's API says `success: false` with a list of `errors`, its AI Gateway with a list called `error`. The `AI`
 * binding has one error by itself.
 */
function cloudflareFault(record: JsonRecord): ProviderFault | undefined {
  const lists = record['success'] === false ? [record['errors'], record['error']] : [];
  const [first] = lists.flatMap(asList).map(asRecord);
  if (first !== undefined) return ofCloudflare(first['code'], asText(first['message']), undefined);
  const internalCode = asCount(record['internalCode']);
  if (internalCode === undefined) return undefined;
  return ofCloudflare(internalCode, asText(record['description']) ?? asText(record['message']), asText(record['name']));
}

function ofCloudflare(code: unknown, message: string | undefined, type: string | undefined): ProviderFault {
  return {
    ...(message === undefined ? {} : { message }),
    ...(type === undefined ? {} : { type }),
    ...codeOf(code),
    ...cloudflareMeaning(code),
  };
}
