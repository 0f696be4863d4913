import { type Client, type ClientStart, TOKEN_HEADER, TOKEN_VARIABLE } from './client.ts';

const ID = 'routing-policy';

/**
 * OpenAI's agent. Its built-in provider takes no header of ours and tries WebSockets first, and no variable changes that:
 * it needs a provider of its own, by arguments or in its configuration.
 */
export const codex: Client = {
  id: 'codex',
  name: 'Codex',
  commands: ['codex'],
  login: { variables: ['CODEX_API_KEY', 'CODEX_ACCESS_TOKEN'], files: [{ path: '.codex/auth.json' }] },
  environment: ({ token }) => ({ [TOKEN_VARIABLE]: token }),
  arguments: (start) => ['-c', `model_provider="${ID}"`, '-c', `model_providers.${ID}=${inlineTable(start)}`],
  configuration: {
    where: '~/.codex/config.toml',
    language: 'toml',
    text: ({ url, token }) =>
      [
        `model_provider = "${ID}"`,
        '',
        `[model_providers.${ID}]`,
        'name = "Routing Policy"',
        `base_url = "${url}/v1"`,
        'wire_api = "responses"',
        'supports_websockets = false',
        'requires_openai_auth = true',
        `http_headers = { "${TOKEN_HEADER}" = "${token}" }`,
      ].join('\n'),
  },
  keeps:
    'Its login stays as it is and is sent along; it reaches OpenAI where the provider’s key is "passthrough". Without a login it needs none.',
};

/** @returns TOML on one line; the header's value is read from the environment */
function inlineTable({ url, signedIn }: ClientStart): string {
  return [
    '{name="Routing Policy"',
    `base_url="${url}/v1"`,
    'wire_api="responses"',
    'supports_websockets=false',
    // Without a login it would ask for one before it starts.
    `requires_openai_auth=${signedIn}`,
    `env_http_headers={"${TOKEN_HEADER}"="${TOKEN_VARIABLE}"}}`,
  ].join(',');
}
