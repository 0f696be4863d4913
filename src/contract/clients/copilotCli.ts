import { type Client, headersWith } from './client.ts';

/** GitHub's agent, with a provider of the person's own in place of GitHub's models. */
export const copilotCli: Client = {
  id: 'copilot-cli',
  name: 'GitHub Copilot CLI',
  commands: ['copilot'],
  // It needs no credential for a provider of one's own.
  login: { variables: ['COPILOT_PROVIDER_API_KEY', 'COPILOT_PROVIDER_BEARER_TOKEN'], files: [] },
  baseUrl: 'COPILOT_PROVIDER_BASE_URL',
  environment: ({ url, token, env }) => ({
    COPILOT_PROVIDER_BASE_URL: `${url}/v1`,
    COPILOT_PROVIDER_TYPE: 'openai',
    COPILOT_PROVIDER_WIRE_API: 'completions',
    COPILOT_PROVIDER_HEADERS: headersWith(env['COPILOT_PROVIDER_HEADERS'], token),
    COPILOT_MODEL: env['COPILOT_MODEL'] || 'auto',
  }),
  configuration: {
    where: 'your shell’s profile, such as ~/.bashrc',
    language: 'sh',
    text: ({ url, token }) =>
      [
        `export COPILOT_PROVIDER_BASE_URL='${url}/v1'`,
        `export COPILOT_PROVIDER_HEADERS='${headersWith(undefined, token)}'`,
        "export COPILOT_MODEL='auto'",
      ].join('\n'),
  },
  keeps:
    'Its GitHub login stays for what is GitHub’s and is not sent to the gateway; models come from the policy’s providers in place of the subscription’s.',
};
