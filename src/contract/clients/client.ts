/** How clients reach the gateway. */
export interface GatewayAccess {
  /** The gateway's base URL without a slash at its end; a folder's own where it is known (`folderUrl`). */
  readonly url: string;
  readonly token: string;
  /** An absolute path of this user's own, where files that a client is pointed at may be written. */
  readonly folder: string;
}

/** What of the machine tells whether a client is signed in. */
export interface ClientMachine {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The person's home folder, an absolute path. */
  readonly home: string;
  /** A file's text; undefined where there is none, or none that can be read. */
  read(path: string): string | undefined;
  /** Hosts, with their ports, that the gateway is known to pass clients' own credentials on to. */
  readonly passedTo?: ReadonlySet<string>;
}

/** What signs a client in, when it does not come from us. */
export interface ClientLogin {
  /** Variables that hold a credential. */
  readonly variables: readonly string[];
  /** Files below the home folder; with `says`, only where the text has it. */
  readonly files: readonly { readonly path: string; readonly says?: string }[];
}

/** A client's start: the gateway, what was in the environment, and whether the client has a credential of its own. */
export interface ClientStart extends GatewayAccess {
  readonly env: ClientMachine['env'];
  readonly signedIn: boolean;
}

/** Lines that a person puts into a file of the client's own, where its environment is not ours. They hold the token. */
export interface ClientConfiguration {
  /** As a person would name it, `~` and all. */
  readonly where: string;
  readonly language: 'json' | 'toml' | 'yaml' | 'sh';
  text(access: GatewayAccess): string;
}

/** How one client is pointed at the gateway without touching what it is signed in with. */
export interface Client {
  readonly id: string;
  readonly name: string;
  /** What it is called on the command line, without folder and ending. */
  readonly commands: readonly string[];
  readonly login: ClientLogin;
  /** The variable that says where it goes: set to somewhere else, its credential is for there. */
  readonly baseUrl?: string;
  /** Variables that send it past any base URL, and where to. */
  readonly past?: Readonly<Record<string, string>>;
  /** Variables for its process. What the environment has of headers or settings stays, before ours. */
  environment(start: ClientStart): Readonly<Record<string, string>>;
  /** What goes before its own arguments. Arguments are seen by all users of a machine: never the token. */
  arguments?(start: ClientStart): readonly string[];
  /** Files that its variables point at, by path below `folder`. They do not hold the token. */
  readonly files?: Readonly<Record<string, string>>;
  readonly configuration: ClientConfiguration;
  /** One sentence for people: what becomes of its own login. */
  readonly keeps: string;
}

/** The header that is the gateway's own, so that the ones for credentials stay the client's. */
export const TOKEN_HEADER = 'x-routing-token';

/** The variable that configurations name in place of the token. */
export const TOKEN_VARIABLE = 'ROUTING_POLICY_TOKEN';

/** A list of headers for the variables that many clients read: one `Name: value` a line, after those that are there. */
export function headersWith(present: string | undefined, token: string): string {
  const kept = (present ?? '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !line.toLowerCase().startsWith(`${TOKEN_HEADER}:`));
  return [...kept, `${TOKEN_HEADER}: ${token}`].join('\n');
}

/** A process that was started where clients are pointed at the gateway already has its token where a login would be. */
export function withoutToken(env: ClientMachine['env'], token: string): ClientMachine['env'] {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== token));
}

/** Whether a client has a credential of its own. One that only a keychain knows of leaves a sign in some file. */
export function isSignedIn({ login }: Client, { env, home, read }: ClientMachine): boolean {
  return (
    login.variables.some((name) => (env[name] ?? '') !== '') ||
    login.files.some(({ path, says }) => {
      const text = read(`${home}/${path}`);
      return text !== undefined && (says === undefined || text.includes(says));
    })
  );
}
