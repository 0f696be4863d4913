import { GoogleAuth } from 'google-auth-library';
import type { SignIn, SignInPorts } from './signIn.ts';

const scopes = 'https://www.googleapis.com/auth/cloud-platform';

/** Google's application default credentials: what `gcloud` left, a service account's file, a workload's identity. */
export function googleSignIn({ fetch }: SignInPorts): SignIn {
  const auth = new GoogleAuth({ scopes, clientOptions: { transporterOptions: { fetchImplementation: fetch } } });
  return {
    authorize: async ({ url }) => Object.fromEntries(await auth.getRequestHeaders(url)),
  };
}
