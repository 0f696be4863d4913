// What three agents' clients send, in their own words: written after the formats of Copilot Chat's agent, Claude Code and
// Codex CLI (names and arguments of tools, shapes of results, what they wrap around a person's words), not recorded.
import type { Message, SystemPart, Tool, UserPart } from '../../src/chat/conversation.ts';
import type { Surface } from '../../src/usage/attempt.ts';

/** One call of a tool and what it gave back. */
export interface Exchange {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly result: string;
  readonly failed?: boolean;
}

/** Where a person speaks: `first` in a conversation, and the file that is open in the editor, if the client tells. */
export interface Spoken {
  readonly root: string;
  readonly first: boolean;
  readonly open?: string;
}

/** How one client speaks. `root` is the repository's folder; paths in a session's script are relative to it. */
export interface ClientFormat {
  readonly name: string;
  readonly surface: Surface;
  readonly tools: readonly Tool[];
  system(root: string): readonly SystemPart[];
  /** What a sub-agent is told to be, in the same conversation. */
  subAgent(root: string): readonly SystemPart[];
  /** A person's words as the client wraps them. */
  words(text: string, at: Spoken): readonly Message[];
  /** What the client puts in place of a conversation that became too long. */
  summary(root: string): readonly Message[];
  read(path: string, text: string, root: string): Exchange;
  edit(path: string, before: string, after: string, root: string): Exchange;
  run(command: string, output: string, exitCode: number, root: string): Exchange;
  /** What the client adds to the message that carries a result. */
  afterResult(): readonly UserPart[];
}

const user = (...texts: readonly string[]): Message => ({
  role: 'user',
  parts: texts.map((text) => ({ kind: 'text', text })),
});
const tool = (name: string, ...keys: readonly string[]): Tool => ({
  name,
  description: `${name}.`,
  parameters: { type: 'object', properties: Object.fromEntries(keys.map((key) => [key, { type: 'string' }])) },
});
const numbered = (text: string): string =>
  text
    .trimEnd()
    .split('\n')
    .map((line, index) => `${String(index + 1).padStart(6)}→${line}`)
    .join('\n');
const lineCount = (text: string): number => text.trimEnd().split('\n').length;

/** Long enough for a prompt cache. */
const rules = 'Keep changes small, run the checks after each of them, and say what you did in one sentence. '.repeat(
  60,
);

const copilot: ClientFormat = {
  name: 'Copilot Chat (agent)',
  surface: 'agent',
  tools: [
    tool('read_file', 'filePath', 'startLine', 'endLine'),
    tool('replace_string_in_file', 'filePath', 'oldString', 'newString'),
    tool('run_in_terminal', 'command', 'explanation', 'isBackground'),
    tool('grep_search', 'query', 'isRegexp', 'includePattern'),
    tool('runSubagent', 'prompt', 'description'),
  ],
  system: () => [
    {
      text: `You are an expert AI programming assistant, working with a user in the VS Code editor.\n${rules}`,
      cacheBreakpoint: true,
    },
  ],
  subAgent: () => [
    {
      text: `You are a search subagent. Find what you are asked for and report paths.\n${rules}`,
      cacheBreakpoint: true,
    },
  ],
  words: (text, { root, first, open }) => [
    ...(first
      ? [
          user(
            `<environment_info>\nThe user's current OS is: Linux\n</environment_info>\n<workspace_info>\nI am working in a workspace with the following folders:\n- ${root}\n</workspace_info>`,
          ),
        ]
      : []),
    user(
      `<context>\nThe current date is November 20, 2026.\n</context>\n${open === undefined ? '' : `<editorContext>\nThe user's current file is ${root}/${open}. \n</editorContext>\n`}<reminderInstructions>\nWhen using the replace_string_in_file tool, include 3-5 lines of unchanged code.\n</reminderInstructions>\n<userRequest>\n${text}\n</userRequest>`,
    ),
  ],
  summary: (root) => [
    user(
      `<environment_info>\nThe user's current OS is: Linux\n</environment_info>\n<workspace_info>\nI am working in a workspace with the following folders:\n- ${root}\n</workspace_info>`,
      '<conversation-summary>\n<analysis>The person asked for small changes. They were made and the checks pass.</analysis>\n<summary>1. Conversation Overview: maintenance of two packages.</summary>\n</conversation-summary>',
    ),
  ],
  read: (path, text, root) => ({
    tool: 'read_file',
    input: { filePath: `${root}/${path}`, startLine: 1, endLine: lineCount(text) },
    result: `File: \`${root}/${path}\`. Lines 1 to ${lineCount(text)} (${lineCount(text)} lines total):\n\`\`\`\n${text}\`\`\``,
  }),
  edit: (path, before, after, root) => ({
    tool: 'replace_string_in_file',
    input: { filePath: `${root}/${path}`, oldString: before, newString: after },
    result: `The following files were successfully edited:\n${root}/${path}`,
  }),
  run: (command, output, exitCode) => ({
    tool: 'run_in_terminal',
    input: { command, explanation: 'Run it', isBackground: false },
    result: exitCode === 0 ? output : `${output}\n\nCommand exited with code ${exitCode}`,
  }),
  afterResult: () => [],
};

const claudeIdentity = "You are Claude Code, Anthropic's official CLI for Claude.";
const claude: ClientFormat = {
  name: 'Claude Code',
  surface: 'gateway',
  tools: [
    tool('Read', 'file_path', 'offset', 'limit'),
    tool('Edit', 'file_path', 'old_string', 'new_string'),
    tool('Bash', 'command', 'description'),
    tool('Grep', 'pattern', 'path'),
    tool('Task', 'description', 'prompt', 'subagent_type'),
  ],
  system: (root) => [
    { text: claudeIdentity, cacheBreakpoint: true },
    {
      text: `You are an interactive agent that helps users with software engineering tasks.\n${rules}\n# Environment\n - Primary working directory: ${root}\n - Is a git repository: true`,
      cacheBreakpoint: true,
    },
  ],
  subAgent: (root) => [
    { text: claudeIdentity, cacheBreakpoint: true },
    {
      text: `You are an agent for Claude Code. Search thoroughly and report what you find.\n${rules}\n - Primary working directory: ${root}`,
      cacheBreakpoint: true,
    },
  ],
  words: (text, { root, first, open }) => [
    user(
      ...(first
        ? [
            "<system-reminder>\nAs you answer the user's questions, you can use the following context:\n# currentDate\nToday's date is 2026-11-20.\n</system-reminder>",
          ]
        : []),
      ...(open === undefined
        ? []
        : [
            `<ide_opened_file>The user opened the file ${root}/${open} in the IDE. This may or may not be related to the current task.</ide_opened_file>`,
          ]),
      text,
    ),
  ],
  summary: () => [
    user(
      'This session is being continued from a previous conversation that ran out of context. The summary below covers the earlier portion of the conversation.\n\nSummary:\n1. Primary Request and Intent: maintenance of two packages. Everything asked for was done.',
    ),
  ],
  read: (path, text, root) => ({ tool: 'Read', input: { file_path: `${root}/${path}` }, result: numbered(text) }),
  edit: (path, before, after, root) => ({
    tool: 'Edit',
    input: { file_path: `${root}/${path}`, old_string: before, new_string: after, replace_all: false },
    result: `The file ${root}/${path} has been updated successfully.`,
  }),
  run: (command, output, exitCode) => ({
    tool: 'Bash',
    input: { command, description: 'Run it' },
    result: exitCode === 0 ? output : `Exit code ${exitCode}\n${output}`,
    failed: exitCode !== 0,
  }),
  afterResult: () => [
    {
      kind: 'text',
      text: "<system-reminder>\nThe task tools haven't been used recently. Consider using them to track progress.\n</system-reminder>",
    },
  ],
};

const codex: ClientFormat = {
  name: 'Codex CLI',
  surface: 'gateway',
  tools: [
    tool('exec_command', 'cmd', 'workdir', 'yield_time_ms'),
    tool('apply_patch', 'input'),
    tool('update_plan', 'plan', 'explanation'),
  ],
  system: () => [{ text: `You are Codex, a coding agent running in the Codex CLI on a user's computer.\n${rules}` }],
  subAgent: () => [
    { text: `You are acting as a reviewer for a proposed code change made by another engineer.\n${rules}` },
  ],
  words: (text, { root, first }) => [
    ...(first
      ? [
          user(
            `<environment_context>\n  <cwd>${root}</cwd>\n  <approval_policy>never</approval_policy>\n  <sandbox_mode>workspace-write</sandbox_mode>\n  <shell>bash</shell>\n</environment_context>`,
          ),
        ]
      : []),
    user(text),
  ],
  summary: (root) => [
    user(`<environment_context>\n  <cwd>${root}</cwd>\n  <shell>bash</shell>\n</environment_context>`),
    user(
      'Another language model started to solve this problem and produced a summary of its thinking process. Use this to build on the work that has already been done:\nMaintenance of two packages. Everything asked for was done.',
    ),
  ],
  read: (path, text, root) => codex.run(`sed -n '1,200p' ${path}`, text, 0, root),
  edit: (path, before, after) => ({
    tool: 'apply_patch',
    input: {
      input: `*** Begin Patch\n*** Update File: ${path}\n@@\n-${before.trimEnd()}\n+${after.trimEnd()}\n*** End Patch`,
    },
    result: JSON.stringify({
      output: `Success. Updated the following files:\nM ${path}\n`,
      metadata: { exit_code: 0, duration_seconds: 0 },
    }),
  }),
  run: (command, output, exitCode, root) => ({
    tool: 'exec_command',
    input: { cmd: command, workdir: root, yield_time_ms: 10_000 },
    result: `Chunk ID: 4f2a1c\nWall time: 0.1000 seconds\nProcess exited with code ${exitCode}\nOriginal token count: 12\nOutput:\n${output}`,
  }),
  afterResult: () => [],
};

export const clientFormats: Readonly<Record<string, ClientFormat>> = { copilot, claude, codex };
