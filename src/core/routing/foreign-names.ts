/** Names of models as other gateways teach them, where a cloud that sells them stands before the slash. Pure. */

const clouds: ReadonlyMap<string, string> = new Map([
  ['azure', 'Azure'],
  ['azure_ai', 'Azure'],
  ['bedrock', 'Bedrock'],
  ['bedrock_converse', 'Bedrock'],
  ['sagemaker', 'SageMaker'],
  ['vertex', 'Vertex AI'],
  ['vertex_ai', 'Vertex AI'],
]);

/**
 * What to ask for in place of such a name; undefined for any other name.
 * @param isUsable whether a name of Weir's own is one that the caller may use
 */
export function foreignNameHint(name: string, isUsable: (name: string) => boolean): string | undefined {
  const cloud = clouds.get(name.slice(0, Math.max(name.indexOf('/'), 0)));
  if (cloud === undefined) return undefined;
  const own = plainName(name);
  const names = `Names with ${cloud} before the slash are those of other gateways.`;
  return isUsable(own)
    ? `${names} Ask for '${own}'.`
    : `${names} Ask for a model that GET /v1/models lists, or have the operator add ${cloud}'s server to the ` +
        `catalog, as a provider of kind 'openai', and the model with it.`;
}

/** Without the cloud, the region, the maker and the revision: `us.anthropic.claude-opus-4-6-v1:0`. */
function plainName(name: string): string {
  return name
    .slice(name.lastIndexOf('/') + 1)
    .replace(/^(?:us|eu|apac|global)\./, '')
    .replace(/^(?:anthropic|openai|mistral|google|deepseek|meta|amazon|qwen)\./, '')
    .replace(/-v\d+(?::\d+)?$/, '')
    .replace('@', '-');
}
