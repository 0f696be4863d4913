import type { Command } from './command.ts';

const POLICY = {
  type: 'string',
  value: 'FILE',
  description: 'use this policy file instead of the repository’s',
} as const;
const PROVIDERS = {
  type: 'string',
  value: 'FILE',
  description: 'the providers that are configured, instead of those of this machine',
} as const;
const TIMEOUT = {
  type: 'string',
  value: 'SECONDS',
  description: 'how long a provider may take to take a request on, 60 unless told',
} as const;
const JSON_OUTPUT = { type: 'boolean', description: 'print one JSON document' } as const;

/** Every command there is. The help, the argument parser and the documentation’s test speak from this table. */
export const commands: readonly Command[] = [
  {
    name: 'init',
    synopsis: '[--preset solo|team|regulated|local]',
    summary: 'write a commented starter policy for this repository',
    details: [
      'Writes .routing-policy.json from a preset, with the targets that can be reached from here and with the test',
      'folders of this repository. A policy that is there already is never overwritten.',
    ],
    options: {
      preset: { type: 'string', value: 'NAME', description: 'solo (unless told), team, regulated or local' },
      providers: PROVIDERS,
    },
    mostPositionals: 0,
    load: async () => (await import('./init.ts')).runInit,
  },
  {
    name: 'check',
    synopsis: '[FILE] [--json | --sarif | --doors]',
    summary: 'what is wrong with a policy, and where',
    details: [
      'Checks the policy’s form, its names, its models and its own tests. Exit code 1 where there is an error or a',
      'warning. --doors prints which kind of rule holds where.',
    ],
    options: {
      json: JSON_OUTPUT,
      sarif: { type: 'boolean', description: 'print SARIF 2.1.0, for code scanning' },
      doors: { type: 'boolean', description: 'print which rule holds where' },
      providers: PROVIDERS,
    },
    mostPositionals: 1,
    load: async () => (await import('./check.ts')).runCheck,
  },
  {
    name: 'explain',
    synopsis: '[PATH…] [--kind K] [--diff [BASE]] [--stdin] [--json]',
    summary: 'where a request would go, and why',
    details: [
      'Explains a request that works on these files. With --diff, on what differs from BASE (HEAD unless told). With',
      '--stdin, reads a JSON request a line and writes a JSON answer a line, in order; no repository is needed then.',
      'Every provider is taken to be reachable, unless --providers says which are.',
    ],
    options: {
      kind: {
        type: 'string',
        value: 'KIND',
        description: 'completion, chat, edit, agent (unless told), plan, commit-message, title or review',
      },
      diff: { type: 'boolean', description: 'take the files that differ from BASE, the argument that follows' },
      stdin: { type: 'boolean', description: 'read a request a line' },
      json: JSON_OUTPUT,
      policy: POLICY,
      providers: PROVIDERS,
    },
    mostPositionals: 1_000,
    load: async () => (await import('./explain.ts')).runExplain,
  },
  {
    name: 'test',
    synopsis: '[FILE] [--json]',
    summary: 'run the policy’s own tests',
    details: [
      'Every target is taken to be reachable, capable and healthy; only a test’s “given” changes that. A provider that is',
      'neither configured nor well known is taken to keep its data as the policy asks.',
    ],
    options: { json: JSON_OUTPUT, providers: PROVIDERS },
    mostPositionals: 1,
    load: async () => (await import('./policyTests.ts')).runPolicyTestsCommand,
  },
  {
    name: 'simulate',
    synopsis: '[--git RANGE | --log FILE] [--against FILE] [--json]',
    summary: 'what past work would have cost under this policy',
    details: [
      'Takes each commit of a range as a task (the last 200 unless told), or replays a decision log, and says what each',
      'class of work would have got. It estimates costs from sizes; it says nothing about quality.',
    ],
    options: {
      git: { type: 'string', value: 'RANGE', description: 'commits, such as main~200..main' },
      log: { type: 'string', value: 'FILE', description: 'a decision log (JSON lines)' },
      against: {
        type: 'string',
        value: 'FILE',
        description: 'a policy to compare with; the committed one unless told',
      },
      json: JSON_OUTPUT,
      policy: POLICY,
      providers: PROVIDERS,
    },
    mostPositionals: 0,
    load: async () => (await import('./simulate.ts')).runSimulate,
  },
  {
    name: 'diff',
    synopsis: '[BASE] [--json]',
    summary: 'what changed in meaning since BASE',
    details: [
      'Decides the same requests with the policy of BASE (HEAD unless told) and with the working tree’s, and says in',
      'words what differs. What forbids less than before is marked as looser. The machine’s baseline, which is the',
      'same for both, is left out.',
    ],
    options: { json: JSON_OUTPUT, providers: PROVIDERS },
    mostPositionals: 1,
    load: async () => (await import('./diff.ts')).runDiff,
  },
  {
    name: 'gate',
    synopsis: '[--base REF] [--json]',
    summary: 'which reviews this branch’s change needs',
    details: [
      'Judges the commits of this branch by the policy of the branch that it goes to, never by its own. Exit code 1',
      'where a review is needed.',
    ],
    options: {
      base: { type: 'string', value: 'REF', description: 'the branch it goes to; the default branch unless told' },
      json: JSON_OUTPUT,
    },
    mostPositionals: 0,
    load: async () => (await import('./gate.ts')).runGate,
  },
  {
    name: 'drill',
    synopsis: '[--down PROVIDER|maker:NAME] [--json]',
    summary: 'who would serve each class of work if a supplier were gone',
    details: [
      'Decides representative requests of each class with everything healthy, and again without a provider or a maker:',
      'who would serve then, what would stop and why, and what it would cost. Without --down, each supplier in turn, single',
      'points of failure first. Exit code 1 where some class would stop. Nobody is asked.',
    ],
    options: {
      down: { type: 'string', value: 'NAME', description: 'a provider, or maker:NAME; each in turn unless told' },
      json: JSON_OUTPUT,
      policy: POLICY,
      providers: PROVIDERS,
    },
    mostPositionals: 0,
    load: async () => (await import('./drill.ts')).runDrill,
  },
  {
    name: 'usage',
    synopsis: '[--since 30d] [--json | --csv | --focus] [--out FILE]',
    summary: 'what was spent on this machine, on what, and whether it worked',
    details: [
      'Reads what the editor, the gateway and this command line wrote down: cost per successful task by class of work and',
      'model with the policy over it, budgets, days, suppliers, fallbacks, savings. Nothing leaves this machine.',
      '--json prints the whole report, --csv the table of classes and models, --focus the costs as FOCUS 1.4.',
    ],
    options: {
      since: { type: 'string', value: 'WHEN', description: '30d, 12w or 2026-10-01; 30d unless told. Days are UTC' },
      json: JSON_OUTPUT,
      csv: { type: 'boolean', description: 'print classes by models as CSV' },
      focus: { type: 'boolean', description: 'print costs by day, class, model and kind of tokens as FOCUS 1.4 (CSV)' },
      out: { type: 'string', value: 'FILE', description: 'write it to a file instead' },
      policy: POLICY,
      providers: PROVIDERS,
    },
    mostPositionals: 0,
    load: async () => (await import('./usage.ts')).runUsage,
  },
  {
    name: 'serve',
    synopsis: '[--port N] [--root DIR] [--providers FILE] [--timeout SECONDS]',
    summary: 'route other AI clients of this machine, over HTTP on loopback',
    details: [
      'Serves OpenAI’s, Anthropic’s and Gemini’s protocols on 127.0.0.1, and answers each request by the policy of the',
      'repository that its client works in. Joins the gateway that is open already; --port 0 stands alone. Prints one',
      'JSON line when it is ready, with the address and the token, and logs to standard error. --root may be given more',
      'than once, and is the current folder unless told.',
    ],
    options: {
      port: { type: 'string', value: 'N', description: 'the port, 4123 unless told; 0 for any, alone' },
      root: { type: 'string', value: 'DIR', description: 'a folder whose repositories are served', multiple: true },
      providers: PROVIDERS,
      timeout: TIMEOUT,
    },
    mostPositionals: 0,
    load: async () => (await import('./serve.ts')).runServe,
  },
  {
    name: 'exec',
    synopsis: '[--as CLIENT] [--] COMMAND…',
    summary: 'run an AI client with its environment pointed at the gateway',
    details: [
      'Runs a command whose client (Claude Code, Codex, Copilot CLI, opencode, Gemini CLI, a program with an OpenAI or',
      'Anthropic SDK) then asks the gateway, for as long as it runs. Joins the gateway that is open, or opens one; with',
      '--providers one of its own, on any free port. Its own login stays as it is; a client whose base URL is set to',
      'another host is left alone, and that is said. Input, output, signals and the exit code are the command’s.',
    ],
    options: {
      as: { type: 'string', value: 'CLIENT', description: 'which client it is, where its name does not tell' },
      port: { type: 'string', value: 'N', description: 'the gateway’s port, 4123 unless told; 0 for one of its own' },
      providers: PROVIDERS,
      timeout: TIMEOUT,
    },
    mostPositionals: Number.POSITIVE_INFINITY,
    runsCommand: true,
    load: async () => (await import('./exec.ts')).runExec,
  },
  {
    name: 'team',
    synopsis: '[--port N] [--data DIR | --database URL] | team ACTION …',
    summary: 'the team’s server: usage of all, budgets, policies, on a page of its own',
    details: [
      'Starts the server on loopback, with a PostgreSQL of its own in a folder, or with yours. In an empty one it makes a',
      'team, a token and a link to join, and shows them once. Actions, while it runs or not:',
      '  add TEAM                  another team',
      '  enrol [--team TEAM]       a link to join; its salt comes from an earlier link (--link) or is new (--new-salt)',
      '  token new|list|revoke ID  what lets installations in; several may hold at once',
      '  admin-link                a link that signs in an admin, once',
      '  forget PERSON             delete what is known by a person’s name',
      '  backup FILE               everything, while the server goes on',
      '  restore FILE              into a new folder, or an empty database',
    ],
    options: {
      port: { type: 'string', value: 'N', description: 'the port, 4124 unless told; 0 for any' },
      data: {
        type: 'string',
        value: 'DIR',
        description: 'the folder of its own PostgreSQL, in your state folder unless told',
      },
      database: {
        type: 'string',
        value: 'URL',
        description: 'a PostgreSQL, 15 or newer, instead; DATABASE_URL unless told',
      },
      listen: {
        type: 'string',
        value: 'ADDRESS',
        description: 'other than loopback; with TLS, or behind what speaks it',
      },
      origin: { type: 'string', value: 'URL', description: 'how its users address it, where that is not loopback' },
      cert: { type: 'string', value: 'FILE', description: 'its certificate, for TLS' },
      key: { type: 'string', value: 'FILE', description: 'the certificate’s key' },
      'plaintext-behind-a-proxy': { type: 'boolean', description: 'speak without TLS to a proxy that speaks it' },
      oidc: { type: 'string', value: 'FILE', description: 'the OpenID provider that people sign in at' },
      team: { type: 'string', value: 'NAME', description: 'the team of a token or a link, where there are several' },
      scope: {
        type: 'string',
        value: 'SCOPE',
        description: 'what a token is for: ingest (unless told), lease or policy',
      },
      expires: {
        type: 'string',
        value: 'WHEN',
        description: 'how long it holds: 90d or 2027-10-01; until revoked unless told',
      },
      link: { type: 'string', value: 'FILE', description: 'an earlier link, for its salt; - reads standard input' },
      'new-salt': { type: 'boolean', description: 'a salt for a team that nobody has joined' },
      json: JSON_OUTPUT,
    },
    mostPositionals: 3,
    load: async () => (await import('./loadTeam.ts')).loadTeam(),
  },
];
