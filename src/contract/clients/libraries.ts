import { keyedUrl } from '../gatewayAddress.ts';
import { claudeCode } from './claudeCode.ts';
import { type Client, headersWith } from './client.ts';

/** OpenAI's libraries, and what is built on them. */
export const openAiLibrary: Client = {
  id: 'openai-sdk',
  name: 'OpenAI SDK',
  commands: [],
  login: { variables: ['OPENAI_API_KEY'], files: [] },
  baseUrl: 'OPENAI_BASE_URL',
  // Versions before 5.20 read no headers from the environment.
  environment: ({ url, token, env, signedIn }) => ({
    OPENAI_BASE_URL: `${keyedUrl(url, token)}/v1`,
    OPENAI_CUSTOM_HEADERS: headersWith(env['OPENAI_CUSTOM_HEADERS'], token),
    ...(signedIn ? {} : { OPENAI_API_KEY: token }),
  }),
  configuration: {
    where: 'the environment of your program',
    language: 'sh',
    text: ({ url, token }) =>
      [`export OPENAI_BASE_URL='${url}/v1'`, `export OPENAI_CUSTOM_HEADERS='${headersWith(undefined, token)}'`].join(
        '\n',
      ),
  },
  keeps:
    'A key in OPENAI_API_KEY stays and is sent along; it reaches OpenAI where the provider’s key is "passthrough". Without one the gateway’s token stands in.',
};

/** Anthropic's libraries, and what is built on them. */
export const anthropicLibrary: Client = {
  id: 'anthropic-sdk',
  name: 'Anthropic SDK',
  commands: [],
  // In an environment for everything, a token that stood in for a key would take the place of Claude Code's login too.
  login: claudeCode.login,
  baseUrl: 'ANTHROPIC_BASE_URL',
  // Older versions read no headers from the environment.
  environment: (start) => ({
    ...claudeCode.environment(start),
    ANTHROPIC_BASE_URL: keyedUrl(start.url, start.token),
  }),
  configuration: {
    where: 'the environment of your program',
    language: 'sh',
    text: ({ url, token }) =>
      [`export ANTHROPIC_BASE_URL='${url}'`, `export ANTHROPIC_CUSTOM_HEADERS='${headersWith(undefined, token)}'`].join(
        '\n',
      ),
  },
  keeps:
    'A key in ANTHROPIC_API_KEY stays and is sent along; it reaches Anthropic where the provider’s key is "passthrough". Without one, and without a login of Claude Code’s, the gateway’s token stands in.',
};

/** Google's library, and what is built on it. It reads no headers from the environment. */
export const geminiLibrary: Client = {
  id: 'gemini-sdk',
  name: 'Google Gen AI SDK',
  commands: [],
  login: { variables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'], files: [] },
  baseUrl: 'GOOGLE_GEMINI_BASE_URL',
  environment: ({ url, token, signedIn }) => ({
    GOOGLE_GEMINI_BASE_URL: keyedUrl(url, token),
    ...(signedIn ? {} : { GEMINI_API_KEY: token }),
  }),
  configuration: {
    where: 'the environment of your program',
    language: 'sh',
    text: ({ url, token }) => `export GOOGLE_GEMINI_BASE_URL='${keyedUrl(url, token)}'`,
  },
  keeps:
    'A key in GEMINI_API_KEY or GOOGLE_API_KEY stays and is sent along; it reaches Google where the provider’s key is "passthrough". Without one, the gateway’s token stands in in the editor’s terminals and under exec; this line alone needs one. The address lets in whoever has it: keep it out of logs and repositories.',
};
