import { type Client, headersWith, TOKEN_HEADER } from './client.ts';

const DEFAULTS = 'gemini-defaults.json';

/** Google's agent. */
export const geminiCli: Client = {
  id: 'gemini-cli',
  name: 'Gemini CLI',
  commands: ['gemini'],
  login: { variables: ['GEMINI_API_KEY'], files: [] },
  baseUrl: 'GOOGLE_GEMINI_BASE_URL',
  past: { GOOGLE_GENAI_USE_VERTEXAI: 'Google Vertex AI', GOOGLE_GENAI_USE_GCA: 'Google’s own service' },
  environment: ({ url, token, folder, env, signedIn }) => ({
    GOOGLE_GEMINI_BASE_URL: url,
    GEMINI_CLI_CUSTOM_HEADERS: headersOnOneLine(env['GEMINI_CLI_CUSTOM_HEADERS'], token),
    ...(signedIn ? {} : { GEMINI_API_KEY: token }),
    // With another base URL and no way of signing in chosen, it refuses to start; what the person chose goes before this.
    GEMINI_CLI_SYSTEM_DEFAULTS_PATH: env['GEMINI_CLI_SYSTEM_DEFAULTS_PATH'] || `${folder}/${DEFAULTS}`,
  }),
  files: { [DEFAULTS]: `${JSON.stringify({ security: { auth: { selectedType: 'gemini-api-key' } } })}\n` },
  configuration: {
    where: '~/.gemini/.env, with "security": {"auth": {"selectedType": "gemini-api-key"}} in ~/.gemini/settings.json',
    language: 'sh',
    text: ({ url, token }) => [`GOOGLE_GEMINI_BASE_URL=${url}`, `GEMINI_API_KEY=${token}`].join('\n'),
  },
  keeps:
    'A key of its own stays and is sent along; it reaches Google where the provider’s key is "passthrough". A Google sign-in chosen in its settings goes to Google’s own service and is not routed.',
};

/** It reads its headers from one line, with commas between them. */
function headersOnOneLine(present: string | undefined, token: string): string {
  const kept = (present ?? '').split(',').filter((header) => header.trim() !== '' && !header.includes(TOKEN_HEADER));
  return [...kept, headersWith(undefined, token)].join(',');
}
