import { type Client, headersWith, TOKEN_HEADER } from './client.ts';

/** Anthropic's agent. It sends its own login, if it has one, in `authorization` or `x-api-key`. */
export const claudeCode: Client = {
  id: 'claude-code',
  name: 'Claude Code',
  commands: ['claude'],
  login: {
    variables: ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN'],
    files: [
      { path: '.claude/.credentials.json' },
      // Where a keychain holds the login, this file still names the account.
      { path: '.claude.json', says: '"oauthAccount"' },
      { path: '.claude/settings.json', says: '"apiKeyHelper"' },
    ],
  },
  baseUrl: 'ANTHROPIC_BASE_URL',
  past: {
    CLAUDE_CODE_USE_BEDROCK: 'Amazon Bedrock',
    CLAUDE_CODE_USE_VERTEX: 'Google Vertex AI',
    CLAUDE_CODE_USE_FOUNDRY: 'Azure AI Foundry',
  },
  environment: ({ url, token, env, signedIn }) => ({
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_CUSTOM_HEADERS: headersWith(env['ANTHROPIC_CUSTOM_HEADERS'], token),
    // Without any credential it asks for a login and sends nothing.
    ...(signedIn ? {} : { ANTHROPIC_AUTH_TOKEN: token }),
  }),
  configuration: {
    where: '~/.claude/settings.json',
    language: 'json',
    text: ({ url, token }) =>
      JSON.stringify(
        { env: { ANTHROPIC_BASE_URL: url, ANTHROPIC_CUSTOM_HEADERS: `${TOKEN_HEADER}: ${token}` } },
        undefined,
        2,
      ),
  },
  keeps:
    'Its login stays as it is and is sent along; it reaches Anthropic where the provider’s key is "passthrough". In the editor’s terminals and under exec the gateway’s token stands in where there is no login; these lines alone need one.',
};
