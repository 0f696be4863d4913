import type { ProvidersSetting } from '../../src/providers/settings.ts';

/** What docs/providers.md says of one provider beside what the built-in table says. */
export interface ProviderEntry {
  readonly title: string;
  /** The name in the built-in table; undefined: it has no one address, and must be configured. */
  readonly wellKnown?: string;
  readonly serves: string;
  /** For the setting or the providers file; the key is left out where the table knows its variable. */
  readonly example: ProvidersSetting;
  readonly key: string;
  /** Sentences. */
  readonly notes?: string;
  /** What the tests did against simulated wire traffic, in words. */
  readonly simulated: string;
}

const chatConformance =
  'requests, streams, tool calls, images, thinking, usage, every failure, deadlines and cancellation';
const passing = 'passing through byte for byte';
const row = 'its address, header, fields and the form of its usage';
const loopback = 'None: it is on this machine.';

export const providerEntries: readonly ProviderEntry[] = [
  {
    title: 'Anthropic',
    wellKnown: 'anthropic',
    serves: 'Claude, by the messages API. Tokens can be counted before sending.',
    example: { anthropic: { key: { env: 'ANTHROPIC_API_KEY' } } },
    key: '`ANTHROPIC_API_KEY`, the editor\'s secret storage, a command, or `"passthrough"` for clients that are logged in themselves.',
    notes:
      'Where it computes is as your workspace there is set up; say that as `"residency"`, by which rules go: a client\'s own `inference_geo` goes on only where no rule asks for a residency, and its `fallbacks` to other models only where no policy says who takes over. An endpoint that is compatible but lags takes `"anthropicVersion": "2023-06-01"`, and then gets its key as `x-api-key`.',
    simulated: `${chatConformance}; ${passing}`,
  },
  {
    title: 'OpenAI',
    wellKnown: 'openai',
    serves: 'GPT, by the responses API; with `"wire": "openai-chat"` by chat completions.',
    example: { openai: { key: { env: 'OPENAI_API_KEY' } } },
    key: "`OPENAI_API_KEY`, the editor's secret storage, or a command.",
    notes: 'With the wire `openai-chat`, give the `baseUrl` and the `key` too: another wire inherits nothing.',
    simulated: `${chatConformance}, on both wires; ${passing}, on both wires`,
  },
  {
    title: 'Google Gemini',
    wellKnown: 'google',
    serves: 'Gemini, by `generateContent`.',
    example: { google: { key: { env: 'GEMINI_API_KEY' } } },
    key: '`GEMINI_API_KEY` or `GOOGLE_API_KEY`, sent as `x-goog-api-key`.',
    simulated: `${chatConformance}; ${passing}`,
  },
  {
    title: 'GitHub Copilot',
    wellKnown: 'copilot',
    serves: "The editor's models: MAI-Code-1.1-Flash, Claude, GPT, Gemini, as the person's plan has them.",
    example: { copilot: { wire: 'editor', vendor: 'copilot' } },
    key: "None: the editor asks the person's own account. The command *Use the Editor's Models* asks once for leave.",
    notes:
      'Reached through the editor only: the gateway and the command line cannot use it. Bodies do not pass through; they are translated.',
    simulated: "the editor's interface for language models, by a stand-in with its types",
  },
  {
    title: 'Azure AI Foundry and Azure OpenAI',
    serves:
      "OpenAI's and other makers' models by the v1 endpoint (the model is the deployment's name), and Claude on Foundry.",
    example: {
      'azure-eu': {
        wire: 'openai-responses',
        baseUrl: 'https://acme.openai.azure.com/openai/v1',
        auth: 'api-key',
        key: { env: 'AZURE_OPENAI_API_KEY' },
        residency: 'eu',
      },
      'azure-entra': { wire: 'openai-chat', baseUrl: 'https://acme.openai.azure.com/openai/v1', auth: 'entra' },
      'foundry-claude': {
        wire: 'anthropic-messages',
        baseUrl: 'https://acme.services.ai.azure.com/anthropic',
        auth: 'x-api-key',
        key: { env: 'ANTHROPIC_FOUNDRY_API_KEY' },
      },
    },
    key: 'An `api-key`, or sign-in with Entra (`"auth": "entra"`): `az login`, `AZURE_TENANT_ID` with `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`, or a workload\'s or machine\'s identity. Without the library: `"auth": "bearer"` with a `key` command such as `["az", "account", "get-access-token", "--resource", "https://cognitiveservices.azure.com", "--query", "accessToken", "-o", "tsv"]`; a command runs once, and again after a 401, so one request fails when its token ends.',
    simulated: `the sign-in of a service with its secret, its token and its scope; ${row}`,
  },
  {
    title: 'Amazon Bedrock',
    serves:
      "Claude, by Anthropic's messages API on Bedrock's own endpoint; other makers' models by the endpoint for OpenAI's dialect.",
    example: {
      bedrock: {
        wire: 'anthropic-messages',
        baseUrl: 'https://bedrock-mantle.eu-west-1.api.aws/anthropic',
        auth: 'aws',
        residency: 'eu',
      },
      'bedrock-openai': {
        wire: 'openai-chat',
        baseUrl: 'https://bedrock-runtime.eu-west-1.amazonaws.com/openai/v1',
        auth: 'aws',
      },
      'bedrock-key': {
        wire: 'anthropic-messages',
        baseUrl: 'https://bedrock-mantle.us-east-1.api.aws/anthropic',
        key: { env: 'AWS_BEARER_TOKEN_BEDROCK' },
      },
    },
    key: '`"auth": "aws"`: AWS\'s own chain (environment, profiles, single sign-on, processes, roles), each request signed. Or a Bedrock API key as an ordinary key.',
    notes:
      'The region is in the host; behind a host of your own, set `AWS_REGION`. The older `InvokeModel` with its binary stream is not spoken.',
    simulated: 'the signature (version 4), computed again by the receiving side from what arrived, for both dialects',
  },
  {
    title: 'Google Vertex AI',
    serves: 'Claude and Gemini of a Google Cloud project.',
    example: {
      'vertex-claude': {
        wire: 'anthropic-messages',
        baseUrl:
          'https://europe-west1-aiplatform.googleapis.com/v1/projects/acme/locations/europe-west1/publishers/anthropic/models',
        auth: 'google',
        residency: 'eu',
      },
      'vertex-gemini': {
        wire: 'gemini',
        baseUrl:
          'https://europe-west1-aiplatform.googleapis.com/v1/projects/acme/locations/europe-west1/publishers/google/models',
        auth: 'google',
        residency: 'eu',
      },
    },
    key: '`"auth": "google"`: application default credentials, from `gcloud auth application-default login`, a service account\'s file in `GOOGLE_APPLICATION_CREDENTIALS`, or a workload\'s identity.',
    notes: 'It lists no models, so none are proposed.',
    simulated:
      "a service account's signed assertion and its token; the addresses; the body with the version and without the model",
  },
  {
    title: 'Mistral',
    wellKnown: 'mistral',
    serves: 'Chat, and fill-in-the-middle with the models that have it.',
    example: { mistral: { key: { env: 'MISTRAL_API_KEY' } } },
    key: '`MISTRAL_API_KEY`.',
    notes:
      "Its API refuses fields that it does not know: `stream_options` is left out, `max_completion_tokens` becomes `max_tokens`, and ids of tool calls that others made become nine characters, in a client's own body too.",
    simulated: row,
  },
  {
    title: 'Codestral',
    wellKnown: 'codestral',
    serves: 'Fill-in-the-middle.',
    example: { codestral: { key: { env: 'CODESTRAL_API_KEY' } } },
    key: '`CODESTRAL_API_KEY`: another than that of Mistral.',
    simulated: 'fill-in-the-middle, its usage and its failures',
  },
  {
    title: 'DeepSeek',
    wellKnown: 'deepseek',
    serves: 'Chat with thinking, and fill-in-the-middle.',
    example: { deepseek: { key: { env: 'DEEPSEEK_API_KEY' } } },
    key: '`DEEPSEEK_API_KEY`.',
    notes:
      'Its thinking comes as `reasoning_content` and goes back to it; its cache is counted as `prompt_cache_hit_tokens`.',
    simulated: `${row}; fill-in-the-middle`,
  },
  {
    title: 'OpenRouter',
    wellKnown: 'openrouter',
    serves: "Many makers' models, as `maker/model`.",
    example: { openrouter: { key: { env: 'OPENROUTER_API_KEY' } } },
    key: '`OPENROUTER_API_KEY`.',
    notes:
      'Who processes a request is its choice, so nothing is assumed of residency. The `cost` that it reports is not used: costs are computed from list prices as everywhere.',
    simulated: row,
  },
  {
    title: 'xAI',
    wellKnown: 'xai',
    serves: 'Grok.',
    example: { xai: { key: { env: 'XAI_API_KEY' } } },
    key: '`XAI_API_KEY`.',
    notes: 'Its count of output leaves the reasoning out; it is added back from the total.',
    simulated: row,
  },
  {
    title: 'Ollama',
    wellKnown: 'ollama',
    serves: 'Local models: chat and fill-in-the-middle.',
    example: { ollama: { baseUrl: 'http://127.0.0.1:11434/v1' } },
    key: loopback,
    simulated: `${row}; fill-in-the-middle; being found`,
  },
  {
    title: 'LM Studio',
    wellKnown: 'lmstudio',
    serves: 'Local models: chat and completion.',
    example: { lmstudio: { baseUrl: 'http://127.0.0.1:1234/v1' } },
    key: loopback,
    simulated: `${row}; being found`,
  },
  {
    title: 'llama.cpp',
    wellKnown: 'llama.cpp',
    serves: 'Local models: chat, and fill-in-the-middle by `/infill`.',
    example: { 'llama.cpp': { baseUrl: 'http://127.0.0.1:8080/v1' } },
    key: loopback,
    simulated: `${row}; fill-in-the-middle; being found`,
  },
  {
    title: 'Docker Model Runner',
    wellKnown: 'docker-model-runner',
    serves: 'Local models: chat and completion.',
    example: { 'docker-model-runner': { baseUrl: 'http://127.0.0.1:12434/engines/v1' } },
    key: loopback,
    simulated: `${row}; being found`,
  },
  {
    title: 'vLLM',
    wellKnown: 'vllm',
    serves: "Your own models: chat, and fill-in-the-middle in the model's own tokens.",
    example: {
      'our-gpus': {
        wire: 'openai-chat',
        baseUrl: 'https://vllm.acme.example/v1',
        fim: { shape: 'vllm' },
        key: { env: 'VLLM_KEY' },
      },
    },
    key: 'None on this machine; elsewhere whatever was given to `--api-key`.',
    simulated: `${row}; fill-in-the-middle; being found`,
  },
  {
    title: 'Any endpoint that is compatible',
    serves: "Whatever it has, in OpenAI's, Anthropic's or Gemini's dialect.",
    example: {
      ours: {
        wire: 'openai-chat',
        baseUrl: 'https://models.acme.example/v1',
        key: { command: ['op', 'read', 'op://team/models/key'] },
      },
      'my-login': { wire: 'anthropic-messages', baseUrl: 'https://api.anthropic.com', key: 'passthrough' },
    },
    key: 'As you say. `"passthrough"`: the client\'s own credential goes on to this host and to no other; requests that must be translated, and those of the editor itself, bring none and are told so.',
    simulated: row,
  },
  {
    title: 'This workspace',
    wellKnown: 'local',
    serves: 'Inline completions that copy from the open repository (`local/workspace-copy`).',
    example: { local: { wire: 'workspace-copy', local: true } },
    key: 'None: nothing leaves the process, and it costs nothing.',
    simulated: 'nothing: it is here, and it is measured on real commits (docs/benchmarks.md)',
  },
];
