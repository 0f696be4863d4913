import { type Client, type ClientStart, type GatewayAccess, TOKEN_HEADER, TOKEN_VARIABLE } from './client.ts';

/** Its own providers that speak one of the gateway's dialects, the paths of these, and where their keys are by custom. */
const PROVIDERS = [
  { id: 'anthropic', path: '/v1', key: 'ANTHROPIC_API_KEY' },
  { id: 'openai', path: '/v1', key: 'OPENAI_API_KEY' },
  { id: 'google', path: '/v1beta', key: 'GEMINI_API_KEY' },
] as const;

/** The agent of opencode.ai. Its configuration may stand in a variable, and is laid over the person's own. */
export const opencode: Client = {
  id: 'opencode',
  name: 'opencode',
  commands: ['opencode'],
  login: {
    variables: PROVIDERS.map(({ key }) => key),
    files: [{ path: '.local/share/opencode/auth.json', says: '"key"' }],
  },
  environment: (start) => ({
    OPENCODE_CONFIG_CONTENT: JSON.stringify(settingsFor(start, `{env:${TOKEN_VARIABLE}}`, standIns(start))),
    [TOKEN_VARIABLE]: start.token,
  }),
  configuration: {
    where: '~/.config/opencode/opencode.json',
    language: 'json',
    text: (access) =>
      JSON.stringify(
        { $schema: 'https://opencode.ai/config.json', ...settingsFor(access, access.token) },
        undefined,
        2,
      ),
  },
  keeps:
    'Keys of its own for Anthropic, OpenAI and Google stay and are sent along; they reach their makers where the provider’s key is "passthrough". The provider “Routing Policy” needs none.',
};

/** Providers that could not start without a key, where a login is in none of the places it has. */
function standIns({ env, signedIn }: ClientStart): readonly string[] {
  const hasFile = signedIn && PROVIDERS.every(({ key }) => (env[key] ?? '') === '');
  return hasFile ? [] : PROVIDERS.filter(({ key }) => (env[key] ?? '') === '').map(({ id }) => id);
}

function settingsFor({ url }: GatewayAccess, token: string, withoutKey: readonly string[] = []): object {
  const headers = { [TOKEN_HEADER]: token };
  const own = PROVIDERS.map(({ id, path }) => {
    const key = withoutKey.includes(id) ? { apiKey: token } : {};
    return [id, { options: { baseURL: `${url}${path}`, headers, ...key } }];
  });
  return {
    provider: {
      ...Object.fromEntries(own),
      'routing-policy': {
        npm: '@ai-sdk/openai-compatible',
        name: 'Routing Policy',
        options: { baseURL: `${url}/v1`, headers },
        models: { auto: { name: 'Routing Policy', tool_call: true } },
      },
    },
  };
}
