import { fieldsOf, jsonOrUndefined, listOf, textOf } from '../chat/untrusted.ts';
import { readModelIds } from './modelList.ts';
import type { Network } from './network.ts';
import type { ProviderSetting } from './settings.ts';

/** A model server found on this machine, with the entry of `routingPolicy.providers` that adds it. */
export interface LocalServer {
  readonly name: string;
  readonly baseUrl: string;
  readonly models: readonly string[];
  readonly id: string;
  readonly setting: ProviderSetting;
}

interface Candidate {
  readonly name: string;
  readonly id: string;
  readonly origin: string;
  /** What only this server answers, and the model ids in it; undefined: it is another one. */
  readonly path: string;
  read(body: unknown): readonly string[] | undefined;
  readonly api: string;
  readonly fim?: NonNullable<ProviderSetting['fim']>;
}

const lookMs = 300;
const longestAnswer = 1024 * 1024;

const openAiList = (body: unknown): readonly string[] | undefined =>
  Array.isArray(fieldsOf(body)['data']) ? readModelIds(body) : undefined;

const ownedBy =
  (owner: string) =>
  (body: unknown): readonly string[] | undefined =>
    listOf(fieldsOf(body)['data']).some((model) => fieldsOf(model)['owned_by'] === owner)
      ? readModelIds(body)
      : undefined;

/** Where model servers listen by custom. */
export const localCandidates: readonly Candidate[] = [
  {
    name: 'Ollama',
    id: 'ollama',
    origin: 'http://127.0.0.1:11434',
    path: '/api/tags',
    read: (body) => {
      const models = fieldsOf(body)['models'];
      const data = listOf(models).map((model) => ({ id: textOf(fieldsOf(model)['name']) }));
      return Array.isArray(models) ? readModelIds({ data }) : undefined;
    },
    api: '/v1',
    fim: { shape: 'ollama' },
  },
  {
    name: 'LM Studio',
    id: 'lmstudio',
    origin: 'http://127.0.0.1:1234',
    path: '/v1/models',
    read: openAiList,
    api: '/v1',
  },
  llamaCpp(8080, 'llama.cpp'),
  llamaCpp(8012, 'llama.cpp-fim'),
  {
    name: 'Docker Model Runner',
    id: 'docker-model-runner',
    origin: 'http://127.0.0.1:12434',
    path: '/engines/v1/models',
    read: openAiList,
    api: '/engines/v1',
  },
  {
    name: 'vLLM',
    id: 'vllm',
    origin: 'http://127.0.0.1:8000',
    path: '/v1/models',
    read: ownedBy('vllm'),
    api: '/v1',
    fim: { shape: 'vllm' },
  },
  {
    name: 'Lemonade',
    id: 'lemonade',
    origin: 'http://127.0.0.1:8000',
    path: '/api/v1/models',
    read: ownedBy('lemonade'),
    api: '/api/v1',
  },
];

function llamaCpp(port: number, id: string): Candidate {
  // Its port is one that anything may use: only its own name in the list tells.
  const read = ownedBy('llamacpp');
  const origin = `http://127.0.0.1:${port}`;
  return { name: 'llama.cpp', id, origin, path: '/v1/models', read, api: '/v1', fim: { shape: 'llama.cpp' } };
}

/** Looks on loopback, each place for 300 ms, all at once. Only when a person asked for it. Never throws. */
export async function findLocalServers(
  network: Pick<Network, 'fetch'>,
  signal: AbortSignal,
  candidates: readonly Candidate[] = localCandidates,
): Promise<readonly LocalServer[]> {
  const found = await Promise.all(candidates.map((candidate) => look(network, candidate, signal)));
  return found.filter((server) => server !== undefined);
}

async function look(
  network: Pick<Network, 'fetch'>,
  candidate: Candidate,
  signal: AbortSignal,
): Promise<LocalServer | undefined> {
  const { name, id, origin, path, api, fim } = candidate;
  try {
    const response = await network.fetch(`${origin}${path}`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(lookMs)]),
      headers: { accept: 'application/json' },
    });
    const models = response.ok ? candidate.read(jsonOrUndefined(await readShort(response))) : undefined;
    if (models === undefined) return undefined;
    const baseUrl = `${origin}${api}`;
    const setting = { wire: 'openai-chat', baseUrl, auth: 'none', local: true, ...(fim && { fim }) } as const;
    return { name, baseUrl, models, id, setting };
  } catch {
    // Nobody there, or somebody else: both mean that nothing was found.
    return undefined;
  }
}

async function readShort(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > longestAnswer) return '';
  }
  return text;
}
