export interface ResponseOptions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** JSON, and its type beside whatever headers there are. */
export function jsonResponse(body: unknown, { status = 200, headers = {} }: ResponseOptions = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { ...headers, 'content-type': 'application/json' } });
}
