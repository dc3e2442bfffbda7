import { GatewayError } from '../../http/errors.ts';
import { scanObject } from './json-scan.ts';
import { bodyDepthMax, bodyNodesMax } from '../../limits.ts';
import { parseJson } from './json-value.ts';

/**
 * Parses JSON that stands as text in a body. The scan of the body did not count what is in such a text, and a few
 * megabytes of it can become more than an isolate has room for. So all of it together is held to what a body may hold.
 */
export class EmbeddedJson {
  #nodes = 0;

  /** Undefined where the text is no JSON. */
  parse(text: string): unknown {
    // It stands one level deeper here than by itself.
    const scan = scanObject(`{"":${text}}`, bodyDepthMax + 1);
    switch (scan.kind) {
      case 'too-deep':
      case 'too-many-nodes':
        throw tooMuch();
      case 'object': {
        this.#nodes += scan.object.members.reduce((sum, { nodes }) => sum + nodes, 0);
        if (this.#nodes > bodyNodesMax) throw tooMuch();
        return parseJson(text);
      }
      case 'duplicate':
      case 'too-many-fields':
      case 'not-an-object':
      case 'malformed':
        return undefined;
    }
  }
}

function tooMuch(): GatewayError {
  return new GatewayError(
    'request_too_large',
    'The texts of JSON in the body hold too much to be put into the words of its provider. Send less at once.',
  );
}
