import { anthropicModels, anthropicProvider } from './bundled/anthropic.ts';
import { cloudflareGatewayProvider, workersAiModels, workersAiProvider } from './bundled/cloudflare.ts';
import { deepSeekModels, deepSeekProvider } from './bundled/deepseek.ts';
import { echoModels, echoProvider } from './bundled/echo.ts';
import { googleModels, googleProvider } from './bundled/google.ts';
import { groqModels, groqProvider } from './bundled/groq.ts';
import { mistralModels, mistralProvider } from './bundled/mistral.ts';
import { openAiModels, openAiProvider } from './bundled/openai.ts';
import { openRouterModels, openRouterProvider } from './bundled/openrouter.ts';
import { xaiModels, xaiProvider } from './bundled/xai.ts';
import { zaiModels, zaiProvider } from './bundled/zai.ts';
import type { CatalogDocument } from './document.ts';
import { parseCatalog } from './parse-catalog.ts';
import type { Catalog } from './schema.ts';

/**
 * The catalog that serves until one is written. If a provider charges less at times, or for a while, its list price
 * stands here: a limit is then reached early rather than overrun.
 */
export const bundledDocument: CatalogDocument = {
  providers: {
    openai: openAiProvider,
    anthropic: anthropicProvider,
    google: googleProvider,
    xai: xaiProvider,
    deepseek: deepSeekProvider,
    zai: zaiProvider,
    mistral: mistralProvider,
    groq: groqProvider,
    'workers-ai': workersAiProvider,
    openrouter: openRouterProvider,
    'cloudflare-ai-gateway': cloudflareGatewayProvider,
    echo: echoProvider,
  },
  models: {
    ...echoModels,
    ...openAiModels,
    ...anthropicModels,
    ...googleModels,
    ...xaiModels,
    ...deepSeekModels,
    ...zaiModels,
    ...mistralModels,
    ...groqModels,
    ...workersAiModels,
    ...openRouterModels,
  },
  plans: { free: {}, pro: {}, enterprise: {} },
};

let parsed: Catalog | undefined;

/** It is parsed at its first use. An isolate that reads its catalog from KV never needs it. */
export function bundledCatalog(): Catalog {
  if (parsed === undefined) {
    const result = parseCatalog(bundledDocument, { allowPrivateUpstreams: false });
    if (result.kind === 'invalid') {
      throw new Error(`The bundled catalog is not valid: ${JSON.stringify(result.issues)}`);
    }
    parsed = result.catalog;
  }
  return parsed;
}
