import { createHttpHeaders, type HttpClient } from '@azure/core-rest-pipeline';
import { DefaultAzureCredential } from '@azure/identity';
import type { SignIn, SignInPorts } from './signIn.ts';

/** Microsoft Entra's tokens: of `az login`, of the environment, of a workload's or a machine's identity. */
export function entraSignIn({ fetch }: SignInPorts): SignIn {
  const credential = new DefaultAzureCredential({ httpClient: clientOf(fetch) });
  return {
    authorize: async ({ url }) => {
      // The library keeps a token until shortly before its end.
      const { token } = await credential.getToken(scopeOf(url));
      return { authorization: `Bearer ${token}` };
    },
  };
}

/** Foundry's own hosts know their own scope; Azure OpenAI's know that of all of Azure's models. */
function scopeOf({ hostname }: URL): string {
  const isFoundry = /\.(?:services\.ai\.azure\.com|azure\.anthropic\.com)$/.test(hostname);
  return isFoundry ? 'https://ai.azure.com/.default' : 'https://cognitiveservices.azure.com/.default';
}

function clientOf(fetch: typeof globalThis.fetch): HttpClient {
  return {
    sendRequest: async (request) => {
      const { url, method, headers, body } = request;
      const response = await fetch(url, {
        method,
        headers: headers.toJSON(),
        ...(typeof body === 'string' && { body }),
      });
      const bodyAsText = await response.text();
      return {
        request,
        status: response.status,
        headers: createHttpHeaders(Object.fromEntries(response.headers)),
        bodyAsText,
      };
    },
  };
}
