/** One setting of the extension, from which package.json's `contributes.configuration` is written. */
export interface SettingDefinition {
  readonly type: 'boolean' | 'string' | 'number' | 'object';
  readonly default: unknown;
  /** `machine`: never from a repository. `resource`: a folder may differ. */
  readonly scope: 'machine' | 'window' | 'resource' | 'application';
  readonly description: string;
  readonly enum?: readonly string[];
  readonly enumDescriptions?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** Ignored in a workspace that is not trusted. */
  readonly restricted?: boolean;
  /** How the settings editor finds it: `telemetry` and `usesOnlineServices` for what leaves this machine. */
  readonly tags?: readonly string[];
  /** Its schema is generated from the zod schema of the providers' setting. */
  readonly schema?: 'providers';
}

export const settings = {
  'routingPolicy.providers': {
    type: 'object',
    default: {},
    scope: 'machine',
    restricted: true,
    schema: 'providers',
    description:
      'Providers by id: how each is reached. Well-known providers need only a key; what is set here is merged over the built-in table.',
  },
  'routingPolicy.completions.enabled': {
    type: 'boolean',
    default: true,
    scope: 'resource',
    description: 'Offer inline completions, routed by the policy.',
  },
  'routingPolicy.completions.maximumDelayMs': {
    type: 'number',
    default: 1000,
    minimum: 100,
    maximum: 5000,
    scope: 'resource',
    description: 'The longest pause in typing, in milliseconds, that is waited for before a completion is requested.',
  },
  'routingPolicy.completions.timeoutMs': {
    type: 'number',
    default: 3000,
    minimum: 500,
    maximum: 30000,
    scope: 'machine',
    description: 'How long a provider may take for one completion, in milliseconds, before the next one is tried.',
  },
  'routingPolicy.chat.timeoutSeconds': {
    type: 'number',
    default: 60,
    minimum: 1,
    maximum: 600,
    scope: 'machine',
    description:
      'How long a provider may take to take a chat request on, in seconds, before the request is moved on or given up. The first words of a streamed answer, and each pause in it, may take five times as long; an answer that is not streamed, ten times.',
  },
  'routingPolicy.defaultTarget': {
    type: 'string',
    default: '',
    scope: 'machine',
    restricted: true,
    description: 'The "provider/model" that serves folders without a policy and workspaces that are not trusted.',
  },
  'routingPolicy.team': {
    type: 'string',
    default: '',
    scope: 'machine',
    description: "Your team's name, for policies that tell teams apart.",
  },
  'routingPolicy.gateway.enabled': {
    type: 'boolean',
    default: true,
    scope: 'machine',
    description:
      'Let other AI clients on this machine be routed by the policy: serve their protocols on 127.0.0.1, to whoever has the token in the state folder.',
  },
  'routingPolicy.gateway.port': {
    type: 'number',
    default: 4123,
    minimum: 1024,
    maximum: 65535,
    scope: 'machine',
    description: 'The port of the gateway: the same for all windows, one of which serves the folders of all.',
  },
  'routingPolicy.terminal.route': {
    type: 'string',
    default: 'off',
    enum: ['off', 'on'],
    enumDescriptions: [
      'Clients in terminals go where they are set up to go.',
      'New terminals point Claude Code, Codex, Copilot CLI, opencode, Gemini CLI and the SDKs at the gateway, by variables that last as long as the gateway does.',
    ],
    scope: 'machine',
    restricted: true,
    description: 'Whether AI clients that are started in the integrated terminal are routed by the policy.',
  },
  'routingPolicy.sync.enabled': {
    type: 'boolean',
    default: true,
    scope: 'machine',
    tags: ['telemetry', 'usesOnlineServices'],
    description:
      'Send anonymous usage to the team that you have joined, once you have agreed. The editor’s own telemetry setting counts too: where that is off, nothing is sent.',
  },
  'routingPolicy.sync.otlp': {
    type: 'string',
    default: '',
    scope: 'machine',
    restricted: true,
    tags: ['telemetry', 'usesOnlineServices'],
    description:
      'The address of an OpenTelemetry collector (OTLP over HTTP) that gets the same usage as metrics, once you have agreed. Empty: none.',
  },
  'routingPolicy.statusBar.enabled': {
    type: 'boolean',
    default: true,
    scope: 'window',
    description: 'Show the last routed model and its estimated cost in the status bar.',
  },
} as const satisfies Record<string, SettingDefinition>;

export type SettingId = keyof typeof settings;
