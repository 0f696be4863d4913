import { ProviderFailure } from './failure.ts';
import { type SignInName, signIns } from './settings.ts';

export function isSignIn(auth: string | undefined): auth is SignInName {
  return signIns.some((name) => name === auth);
}

/** A request as it is about to go out. */
export interface UnsignedRequest {
  readonly url: URL;
  readonly method: string;
  readonly body: string | Buffer;
  readonly contentType: string | null;
}

/** One cloud's credentials, found where its own tools put them. Nothing is asked of the person. */
export interface SignIn {
  /** The headers that let this request in. */
  authorize(request: UnsignedRequest): Promise<Readonly<Record<string, string>>>;
}

export interface SignInPorts {
  readonly fetch: typeof globalThis.fetch;
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface Cloud {
  /** For people. */
  readonly name: string;
  readonly whatToDo: string;
  load(ports: SignInPorts): Promise<SignIn>;
}

const clouds: Readonly<Record<SignInName, Cloud>> = {
  aws: {
    name: 'AWS',
    whatToDo: 'Run "aws sso login", or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    load: async (ports) => (await import('./awsSignIn.ts')).awsSignIn(ports),
  },
  google: {
    name: 'Google Cloud',
    whatToDo: 'Run "gcloud auth application-default login", or set GOOGLE_APPLICATION_CREDENTIALS.',
    load: async (ports) => (await import('./googleSignIn.ts')).googleSignIn(ports),
  },
  entra: {
    name: 'Microsoft Entra',
    whatToDo: 'Run "az login", or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.',
    load: async (ports) => (await import('./entraSignIn.ts')).entraSignIn(ports),
  },
};

const longestMs = 30_000;

/** The cloud's own library, loaded when it is first needed: each is some 300 KB, and few people need one. */
export function createSignIn(name: SignInName, provider: string, ports: SignInPorts): SignIn {
  const cloud = clouds[name];
  let loaded: Promise<SignIn> | undefined;
  // The libraries go out by themselves: the same way as everything else, and not for ever.
  const fetch: typeof globalThis.fetch = (input, init) => {
    const late = AbortSignal.timeout(longestMs);
    const signal = init?.signal === undefined || init.signal === null ? late : AbortSignal.any([init.signal, late]);
    return ports.fetch(input, { ...init, signal });
  };
  return {
    authorize: async (request) => {
      try {
        loaded ??= cloud.load({ ...ports, fetch });
        return await (await loaded).authorize(request);
      } catch (error) {
        loaded = undefined;
        // The libraries' own words may hold paths, accounts and answers, so only their kind is told.
        const kind = error instanceof Error && /^\w{1,60}$/.test(error.name) ? error.name : 'Error';
        const message = `"${provider}" could not sign in with ${cloud.name} (${kind}). ${cloud.whatToDo}`;
        throw new ProviderFailure('authentication', provider, message);
      }
    },
  };
}

/** The name for people. */
export function signInTitle(name: SignInName): string {
  return `sign-in with ${clouds[name].name}`;
}
