import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/chat/conversation.ts';
import { ask, sampleFiles, samplePolicy, setStage, userMessage } from '../host/routerStage.ts';

const stage = setStage({ files: { ...sampleFiles, 'my keys/.env.local': 'KEY=2\n' } });

const offered = ['read_file', 'run_in_terminal', 'replace_string_in_file'].map((name) => ({ name, parameters: {} }));

/** What an agent sends after one call of a tool. */
const step = (name: string, value: unknown, result = 'done'): readonly Message[] => [
  userMessage('go on'),
  {
    role: 'assistant',
    parts: [
      { kind: 'tool-call', callId: '1', name, arguments: typeof value === 'string' ? value : JSON.stringify(value) },
    ],
  },
  { role: 'user', parts: [{ kind: 'tool-result', callId: '1', parts: [{ kind: 'text', text: result }] }] },
];
const send = (messages: readonly Message[]) =>
  ask(stage.client, messages, { surface: 'agent', conversation: { system: [], messages, tools: offered } }).result;
const root = (): string => stage.repository.folder;

describe('a guarded file stays here, by whatever call of a tool its text was read', () => {
  test.each<[string, string, () => unknown]>([
    ['a command', 'run_in_terminal', () => ({ command: 'cd . && cat .env|head' })],
    ['an older version of it', 'run_in_terminal', () => ({ command: 'git show HEAD:.env' })],
    ['a search', 'grep_search', () => ({ query: 'KEY', includePattern: '.env' })],
    ['a search in every folder', 'grep_search', () => ({ query: 'KEY', includePattern: '**/.env' })],
    ['filepath', 'read', () => ({ filepath: '.env' })],
    ['absolute_path', 'read', () => ({ absolute_path: `${root()}/.env` })],
    ['fileUri', 'read', () => ({ fileUri: stage.client.uri('.env') })],
    ['arguments within arguments', 'read_file', () => ({ input: { options: { filePath: '.env' } } })],
    ['an unknown key', 'look', () => ({ what: ['.env'] })],
    ['arguments that are cut short', 'read_file', () => `{"filePath": "${root()}/.env", "startLi`],
    ['a path with spaces', 'look', () => ({ at: 'my keys/.env.local' })],
    ['an absolute path with spaces', 'look', () => ({ at: `${root()}/my keys/.env.local` })],
    ['a path in quotes', 'run_in_terminal', () => ({ command: 'cat "my keys/.env.local" | head' })],
    ['a path with its spaces kept', 'run_in_terminal', () => ({ command: 'cat my\\ keys/.env.local' })],
    ['a path that is made long', 'read_file', () => ({ filePath: `${root()}/${'./'.repeat(3_000)}.env` })],
    ['a path that goes up and down', 'read_file', () => ({ filePath: `${root()}/${'a/../'.repeat(1_500)}.env` })],
    [
      'the last of a long list',
      'read_files',
      () => ({ files: [...Array.from({ length: 400 }, (_, at) => `src/${at}.ts`), '.env'] }),
    ],
    ['a file elsewhere', 'run_in_terminal', () => ({ command: 'cat /home/somebody/.env' })],
    ['a file that is gone', 'run_in_terminal', () => ({ command: `cat ${root()}/.env.old && rm ${root()}/.env.old` })],
  ])('%s', async (_what, name, value) => {
    expect(await send(step(name, value()))).toMatchObject({ kind: 'blocked' });
    expect(stage.simulated.anthropic.requests).toHaveLength(0);
  });

  test.each<[string, () => string]>([
    ['a match', () => `<match path="${root()}/.env" line=1>KEY=1</match>`],
    ['a file’s tag', () => '<file uri=".env">KEY=1</file>'],
    ['a line of grep', () => 'packages/ui/src/view.ts:1:x\n.env:1:KEY=1'],
    ['a line of grep around a match', () => '.env-1-KEY=1'],
    ['a patch', () => '*** Update File: .env\n+KEY=1'],
    ['a diff', () => '--- a/.env\n+++ b/.env\n+KEY=1'],
    ['a fence', () => '```dotenv\n// filepath: .env\nKEY=1\n```'],
  ])('what a tool gave back announces it: %s', async (_what, result) => {
    expect((await send(step('search', { query: 'KEY' }, result()))).kind).toBe('blocked');
  });

  test.each<[string, string, unknown, string]>([
    ['a list of names', 'list_dir', { path: '.' }, '.env\npackages\n./.env\n'],
    ['a build', 'run_in_terminal', { command: 'npm run build --workspaces' }, 'vite v6\nbuilt in 1.2s: 12:30:45'],
    ['an edit whose text speaks of it', 'create_file', { filePath: 'docs/a.md', content: 'Copy it to .env' }, 'ok'],
    ['a page of the web', 'fetch', { url: 'https://example.com/.env' }, 'see https://example.com/.env'],
  ])('%s does not hold the agent up', async (_what, name, value, result) => {
    expect(await send(step(name, value, result))).toMatchObject({ kind: 'served' });
  });

  test('more files than are looked at: it may be among them, and the refusal says that this is not known', async () => {
    const many = Array.from({ length: 6_000 }, (_, at) => `src/${at}.ts`);
    const result = await send(step('read_files', { files: many }));
    expect(result).toMatchObject({ kind: 'blocked' });
    expect(result.kind === 'blocked' && result.message).toContain('not all facts about the request are known');
  });

  test('what is merely read never chooses the model', async () => {
    const result = await send(step('run_in_terminal', { command: 'cat packages/core/src/sum.test.ts' }));
    expect(result).toMatchObject({ kind: 'served', status: { class: 'default' } });
  });
});

describe('what commands print', () => {
  const tooltip = async (): Promise<string> => {
    const result = await send(step('run_in_terminal', { command: 'npm test' }));
    return result.kind === 'served' ? result.status.tooltip : '';
  };

  test('is not held against a guard, and the decision says so', async () => {
    expect(await tooltip()).toMatch(/Not enforced here.*what commands print/i);
  });

  test('is not spoken of where no rule looks at files', async () => {
    await stage.policy({ ...samplePolicy, constraints: [] });
    expect(await tooltip()).not.toMatch(/Not enforced here/i);
  });
});
