import { pathToFileURL } from 'node:url';
import type { ProvidersSetting } from '../../src/providers/settings.ts';
import { anthropicMessages, readMessages } from './anthropic.ts';
import { llamaInfill, mistralFim, ollamaGenerate, openaiCompletions } from './fim.ts';
import { geminiContent, geminiStream } from './gemini.ts';
import { openaiChat } from './openaiChat.ts';
import { openaiResponses } from './openaiResponses.ts';
import { instant, lifelike, type Pace } from './pace.ts';
import { pricesOf } from './prices.ts';
import { type SimulatedServer, startServer } from './server.ts';

export type { Answer, ToolCall } from './answer.ts';
export type { Behaviour } from './behaviour.ts';
export type { RecordedRequest, SimulatedServer } from './server.ts';
export { instant, lifelike };

export interface SimulatedOptions {
  /** Default: no waiting. */
  readonly pace?: Partial<Pace>;
  /** When set, each server refuses requests without it. */
  readonly key?: string;
  /** Which wire OpenAI's setting names. Default `openai-responses`. */
  readonly openaiWire?: 'openai-chat' | 'openai-responses';
}

export interface SimulatedProviders {
  /** For `routingPolicy.providers`: the well-known names, pointed at loopback and labelled simulated. */
  readonly providers: ProvidersSetting;
  readonly anthropic: SimulatedServer;
  readonly openai: SimulatedServer;
  /** Mistral's shape under `/v1/fim/completions`, and Ollama's, llama.cpp's and OpenAI's at their own paths. */
  readonly fim: SimulatedServer;
  stop(): Promise<void>;
}

/**
 * Three providers on loopback that speak the real wires of Anthropic, OpenAI and fill-in-the-middle, so that routing,
 * cost, failover and failure can be watched and tested without a key. Each is labelled simulated in its setting, its
 * headers and its answers.
 */
export async function startSimulatedProviders(options: SimulatedOptions = {}): Promise<SimulatedProviders> {
  const pace = { ...instant, ...options.pace };
  const common = { pace, ...(options.key === undefined ? {} : { key: options.key }) };
  const [anthropic, openai, fim] = await Promise.all([
    startServer({
      ...common,
      endpoints: [anthropicMessages],
      counting: { path: '/messages/count_tokens', read: readMessages },
      documents: { '/v1/models': models('anthropic') },
    }),
    startServer({
      ...common,
      endpoints: [openaiChat, openaiResponses],
      documents: { '/v1/models': models('openai') },
    }),
    startServer({
      ...common,
      endpoints: [mistralFim, ollamaGenerate, llamaInfill, openaiCompletions],
      documents: {
        '/v1/models': models('codestral'),
        '/api/tags': { models: Object.keys(pricesOf('codestral')).map((name) => ({ name })) },
      },
    }),
  ]);
  const auth = options.key === undefined ? ({ auth: 'none' } as const) : {};
  return {
    providers: {
      anthropic: {
        wire: 'anthropic-messages',
        baseUrl: anthropic.url,
        ...auth,
        simulated: true,
        makers: ['anthropic'],
        prices: pricesOf('anthropic'),
      },
      openai: {
        wire: options.openaiWire ?? 'openai-responses',
        baseUrl: `${openai.url}/v1`,
        ...auth,
        simulated: true,
        makers: ['openai'],
        prices: pricesOf('openai'),
      },
      codestral: {
        wire: 'fim',
        shape: 'mistral',
        baseUrl: fim.url,
        ...auth,
        simulated: true,
        makers: ['mistral'],
        prices: pricesOf('codestral'),
      },
    },
    anthropic,
    openai,
    fim,
    stop: async () => {
      await Promise.all([anthropic.stop(), openai.stop(), fim.stop()]);
    },
  };
}

/** Google's own wire, on loopback; a stand-in like the others, for tests that want it. */
export async function startSimulatedGoogle(
  options: Pick<SimulatedOptions, 'pace' | 'key'> = {},
): Promise<SimulatedServer> {
  const model = { name: 'models/gemini-3.8-flash', supportedGenerationMethods: ['generateContent', 'countTokens'] };
  const embedding = { name: 'models/gemini-embedding-2', supportedGenerationMethods: ['embedContent'] };
  return startServer({
    pace: { ...instant, ...options.pace },
    ...(options.key === undefined ? {} : { key: options.key }),
    endpoints: [geminiContent, geminiStream],
    documents: { '/v1beta/models': { models: [model, embedding] } },
  });
}

function models(provider: Parameters<typeof pricesOf>[0]): {
  object: string;
  data: readonly { id: string; object: string }[];
} {
  return { object: 'list', data: Object.keys(pricesOf(provider)).map((id) => ({ id, object: 'model' })) };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const simulated = await startSimulatedProviders({ pace: lifelike });
  const { anthropic, openai, fim, providers } = simulated;
  process.stdout.write(
    `${JSON.stringify({ simulated: true, anthropic: anthropic.url, openai: openai.url, fim: fim.url, providers })}\n`,
  );
  const stop = (): void => {
    void simulated.stop().then(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}
