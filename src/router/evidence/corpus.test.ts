// Conversations as three kinds of clients really send them: which files they work on, which they read, what then fires.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRepository, type Repository } from '../../../test/host/repository.ts';
import type { Conversation, Message } from '../../chat/conversation.ts';
import { compilePolicy } from '../../policy/compile.ts';
import { oneLayer } from '../../policy/layers.ts';
import { parsePolicy } from '../../policy/parse.ts';
import { holds } from '../../routing/conditions.ts';
import { sightOfOutgoing, sightOfWork } from '../../routing/sight.ts';
import { openWorkspace, type Workspace } from '../../workspace/workspace.ts';
import { chatFacts } from '../facts.ts';
import { gatherEvidence } from './evidence.ts';

const { policy } = parsePolicy(
  JSON.stringify({
    version: 1,
    default: 'anthropic/claude-sonnet-5-5',
    constraints: [
      { id: 'keys', when: { touches: ['**/.env*', 'secrets/**'] }, block: true, reason: 'key material' },
      { id: 'fx', when: { touches: ['services/fx/**'] }, local: true, reason: 'the desk asked for it' },
    ],
  }),
);

const vault =
  '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n-----END PRIVATE KEY-----\n';
const spread = 'export const spread = (mid: number, desk: Desk): number => mid * desk.margin;';
const files: Readonly<Record<string, string>> = {
  '.env': 'STRIPE_KEY=sk_live_9fQ2rT7xLm04WzKp\nPORT=3000\n',
  'README.md': '# Shop\n\nCopy `.env.example` to `.env`.\n',
  'secrets/tls.pem': vault,
  'services/fx/spread.ts': `import type { Desk } from './desk.ts';\n\n${spread}\n`,
  'services/web/cart.ts': 'import { load } from \'../load.ts\';\n\nload(path=".env");\n',
  'services/web/cart.test.ts': "import './cart.ts';\n",
};

const user = (text: string): Message => ({ role: 'user', parts: [{ kind: 'text', text }] });
const calls = (name: string, value: unknown, result: string): readonly Message[] => [
  {
    role: 'assistant',
    parts: [{ kind: 'tool-call', callId: '1', name, arguments: JSON.stringify(value) }],
  },
  { role: 'user', parts: [{ kind: 'tool-result', callId: '1', parts: [{ kind: 'text', text: result }] }] },
];

interface Transcript {
  readonly what: string;
  readonly tools: readonly string[];
  /** `R` stands for the repository's root. */
  readonly messages: readonly Message[];
  readonly worked?: readonly string[];
  readonly read?: readonly string[];
  readonly fires?: readonly string[];
}

const copilot = ['read_file', 'grep_search', 'list_dir', 'file_search', 'replace_string_in_file', 'run_in_terminal'];
const claude = ['Read', 'Grep', 'Glob', 'Edit', 'Write', 'Bash', 'TodoWrite'];
const codex = ['shell', 'exec_command', 'apply_patch', 'update_plan'];
const cline: readonly string[] = [];

const transcripts: Readonly<Record<string, readonly Transcript[]>> = {
  'Copilot Chat’s agent': [
    {
      what: 'reads a file, looks for a name, and edits',
      tools: copilot,
      messages: [
        user(
          '<attachments>\n<attachment id="file:cart.test.ts" filePath="R/services/web/cart.test.ts">\n```ts\nimport\n```\n</attachment>\n</attachments>\n<userRequest>\nMake it pass. Do not read .env.\n</userRequest>',
        ),
        ...calls(
          'grep_search',
          { query: '\\.env', isRegexp: true },
          '1 match\n<match path="R/services/web/cart.ts" line=3>\nload(path=".env");\n</match>',
        ),
        ...calls(
          'replace_string_in_file',
          {
            filePath: 'R/services/web/cart.ts',
            oldString: 'load(path=".env");',
            newString: 'load(path=".env.local");',
          },
          'The file was edited.',
        ),
      ],
      worked: ['services/web/cart.test.ts', 'services/web/cart.ts'],
      read: ['services/web/cart.ts'],
    },
    {
      what: 'searches where secrets are',
      tools: copilot,
      messages: [user('go on'), ...calls('grep_search', { query: 'KEY', includePattern: 'secrets/**' }, 'KEY')],
      read: ['secrets/tls.pem'],
      fires: ['keys'],
    },
    {
      what: 'finds nothing where secrets are',
      tools: copilot,
      messages: [user('go on'), ...calls('grep_search', { query: 'KEY', includePattern: 'secrets/**' }, 'no matches')],
    },
    {
      what: 'lists a folder of secrets',
      tools: copilot,
      messages: [user('go on'), ...calls('list_dir', { path: 'R/secrets' }, 'tls.pem')],
    },
    {
      what: 'runs a script that prints a key',
      tools: copilot,
      messages: [
        user('why does it fail?'),
        ...calls(
          'run_in_terminal',
          { command: 'npm start', explanation: 'Start it' },
          'using sk_live_9fQ2rT7xLm04WzKp',
        ),
      ],
      read: ['.env'],
      fires: ['keys'],
    },
  ],
  'Claude Code': [
    {
      what: 'reads with line numbers and keeps a to-do list',
      tools: claude,
      messages: [
        user('<system-reminder>\nToday is Monday.\n</system-reminder>'),
        ...calls('TodoWrite', { todos: [{ content: 'Keep .env out of it', status: 'pending' }] }, 'ok'),
        ...calls('Read', { file_path: 'R/services/fx/spread.ts' }, `     1→import\n     3→${spread}`),
      ],
      read: ['services/fx/spread.ts'],
      fires: ['fx'],
    },
    {
      what: 'a file that the person mentioned is read by the client itself',
      tools: claude,
      messages: [
        user(
          '<system-reminder>\nCalled the Read tool with the following input: {"file_path":"R/.env"}\n</system-reminder>\nwhat is this?',
        ),
      ],
      read: ['.env'],
      fires: ['keys'],
    },
    {
      what: 'commits with a message that speaks of secrets',
      tools: claude,
      messages: [
        user('commit'),
        ...calls(
          'Bash',
          { command: 'git add -A && git commit -m "$(cat <<\'EOF\'\nIgnore .env\n\nAnd secrets/tls.pem.\nEOF\n)"' },
          '[main 1234567] Ignore .env\n 1 file changed',
        ),
      ],
    },
    {
      what: 'greps for content, and edits',
      tools: claude,
      messages: [
        user('<ide_opened_file>The user opened the file R/README.md in the IDE.</ide_opened_file>go'),
        ...calls(
          'Grep',
          { pattern: 'spread', output_mode: 'content', '-n': true },
          `services/fx/spread.ts:3:${spread}`,
        ),
        ...calls('Edit', { file_path: 'R/README.md', old_string: 'Copy', new_string: 'Copy .env' }, 'updated'),
      ],
      worked: ['README.md'],
      read: ['services/fx/spread.ts'],
      fires: ['fx'],
    },
    {
      what: 'lines that the person selected',
      tools: claude,
      messages: [
        user('<ide_selection>The user selected the lines 1 to 2 from R/.env:\nPORT=3000\n</ide_selection>\nexplain'),
        user('and now?'),
      ],
      worked: ['.env'],
      fires: ['keys'],
    },
  ],
  'Codex and Cline': [
    {
      what: 'a shell’s list of words, and a patch',
      tools: codex,
      messages: [
        user('<environment_context>\n  <cwd>R</cwd>\n</environment_context>'),
        user('fix it'),
        ...calls(
          'shell',
          { command: ['bash', '-lc', "sed -n '1,20p' services/web/cart.ts"], workdir: 'R' },
          '{"output":"x"}',
        ),
        ...calls(
          'apply_patch',
          { input: '*** Begin Patch\n*** Update File: services/web/cart.ts\n@@\n-a\n+b .env\n*** End Patch' },
          'Success',
        ),
        ...calls('update_plan', { plan: [{ step: 'check .env', status: 'pending' }] }, 'Plan updated'),
      ],
      worked: ['services/web/cart.ts'],
      read: ['services/web/cart.ts'],
    },
    {
      what: 'a patch that is applied by the shell',
      tools: codex,
      messages: [
        user('fix it'),
        ...calls(
          'shell',
          {
            command: [
              'apply_patch',
              '*** Begin Patch\n*** Update File: services/fx/spread.ts\n@@\n-a\n+b\n*** End Patch',
            ],
          },
          'Success',
        ),
      ],
      worked: ['services/fx/spread.ts'],
      fires: ['fx'],
    },
    {
      what: 'goes to the folder first',
      tools: codex,
      messages: [
        user('look'),
        ...calls('exec_command', { cmd: 'cd secrets', workdir: 'R' }, ''),
        ...calls('exec_command', { cmd: 'head -1 tls.pem' }, '-----BEGIN'),
      ],
      read: ['secrets/tls.pem'],
      fires: ['keys'],
    },
    {
      what: 'calls that are written as text',
      tools: cline,
      messages: [
        user('<task>\nsee\n</task>'),
        { role: 'assistant', parts: [{ kind: 'text', text: '<read_file>\n<path>.env</path>\n</read_file>' }] },
        user("[read_file for '.env'] Result:\nPORT=3000"),
      ],
      read: ['.env'],
      fires: ['keys'],
    },
    {
      what: 'a file’s content in a tag, and a question',
      tools: cline,
      messages: [user('what is in .env.example?\n<file_content path="README.md">\n# Shop\n</file_content>')],
      worked: ['README.md'],
    },
  ],
};

describe.each(Object.entries(transcripts))('%s', (_client, rows) => {
  let repository: Repository;
  let workspace: Workspace;
  beforeAll(async () => {
    repository = await createRepository({ files });
    workspace = await openWorkspace(repository.folder);
  });
  afterAll(async () => {
    workspace.dispose();
    await repository.remove();
  });

  test.each(rows)('$what', async ({ tools, messages, worked = [], read = [], fires = [] }) => {
    // What was worked on is not as it is committed: else it would have left the session's work.
    const changed = worked.map((path) => [path, `${files[path]}\n`] as const);
    await repository.write({ ...files, ...Object.fromEntries(changed) });
    const conversation: Conversation = {
      system: [],
      tools: tools.map((name) => ({ name, parameters: {} })),
      messages: JSON.parse(JSON.stringify(messages).replace(/\bR(?=\/|"|<\/cwd>)/g, repository.folder)),
    };
    if (!policy) throw new Error('the policy of this test is broken');
    const compiled = compilePolicy(policy, 'test');
    const facts = await chatFacts({
      workspace,
      policy: oneLayer(compiled),
      kind: 'agent',
      evidence: gatherEvidence(conversation),
      buffers: [],
      tokens: 0,
      tools: tools.length > 0,
      signal: new AbortController().signal,
    });
    const sight = sightOfOutgoing(sightOfWork({ origin: 'repository', policy: compiled }, facts));
    expect({
      worked: facts.files?.map(({ path }) => path).sort(),
      read: [...(facts.reads ?? [])].sort(),
      fires: compiled.constraints.filter(({ when }) => when && holds(when, sight)).map(({ id }) => id),
    }).toEqual({ worked, read, fires });
  });
});
