import { type Client, type GatewayAccess, TOKEN_HEADER } from './client.ts';

const NOTHING = { variables: [], files: [] } as const;
const NO_LOGIN = 'It has the gateway’s token for a key, beside the ones for other providers that it keeps.';

/** Clients that read their provider from their own configuration and not from the environment, and one that takes both. */
export const qwenCode: Client = {
  id: 'qwen-code',
  name: 'Qwen Code',
  commands: ['qwen'],
  login: NOTHING,
  environment: ({ url, token, env }) => ({
    OPENAI_BASE_URL: `${url}/v1`,
    OPENAI_API_KEY: token,
    OPENAI_MODEL: env['OPENAI_MODEL'] || 'auto',
  }),
  configuration: {
    where: '~/.qwen/.env, and start it with --auth-type openai',
    language: 'sh',
    text: ({ url, token }) => [`OPENAI_BASE_URL=${url}/v1`, `OPENAI_API_KEY=${token}`, 'OPENAI_MODEL=auto'].join('\n'),
  },
  keeps:
    'It knows no header of ours, so the gateway’s token is its key while it runs; a sign-in with Qwen stays, unused.',
};

export const cline: Client = {
  id: 'cline',
  name: 'Cline',
  commands: ['cline'],
  login: NOTHING,
  environment: () => ({}),
  configuration: {
    where: 'its settings (in a shell: cline auth, which asks for them), with API Provider “OpenAI Compatible”',
    language: 'yaml',
    // Not as arguments, which other users of the machine can see.
    text: ({ url, token }) => [`Base URL: ${url}/v1`, `API Key: ${token}`, 'Model ID: auto'].join('\n'),
  },
  keeps: NO_LOGIN,
};

export const continueClient: Client = {
  id: 'continue',
  name: 'Continue',
  commands: ['cn'],
  login: NOTHING,
  environment: () => ({}),
  configuration: {
    where: '~/.continue/config.yaml; where there is one, only the entry under models',
    language: 'yaml',
    text: ({ url, token }) =>
      [
        'name: Routing Policy',
        'version: 1.0.0',
        'schema: v1',
        'models:',
        '  - name: Routing Policy',
        '    provider: openai',
        '    model: auto',
        `    apiBase: ${url}/v1`,
        `    apiKey: ${token}`,
        '    capabilities: [tool_use, image_input]',
        '    roles: [chat, edit, apply]',
      ].join('\n'),
  },
  keeps: NO_LOGIN,
};

/** GitHub Copilot's own chat in VS Code, with the gateway as one of its models: for windows without this extension. */
export const copilotEndpoint: Client = {
  id: 'copilot-endpoint',
  name: 'GitHub Copilot in VS Code (custom endpoint)',
  commands: [],
  login: NOTHING,
  environment: () => ({}),
  configuration: {
    where: 'chatLanguageModels.json in VS Code’s user folder (command “Chat: Manage Language Models”)',
    language: 'json',
    text: (access) => JSON.stringify([customEndpoint(access)], undefined, 2),
  },
  keeps: 'Copilot’s sign-in stays as it is and is not sent: its own models are beside this one.',
};

/** A key written here is not sent by VS Code; headers are. */
function customEndpoint({ url, token }: GatewayAccess): object {
  return {
    vendor: 'customendpoint',
    name: 'Routing Policy',
    apiType: 'chat-completions',
    models: [
      {
        id: 'auto',
        name: 'Routing Policy',
        url: `${url}/v1/chat/completions`,
        toolCalling: true,
        vision: true,
        maxInputTokens: 128_000,
        maxOutputTokens: 16_000,
        requestHeaders: { [TOKEN_HEADER]: token },
      },
    ],
  };
}
