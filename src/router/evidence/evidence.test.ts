import { describe, expect, test } from 'vitest';
import { growth } from '../../../test/host/cpuTime.ts';
import type { Conversation, Message } from '../../chat/conversation.ts';
import { requestKind } from '../requestKind.ts';
import { gatherEvidence } from './evidence.ts';
import type { Mention } from './mention.ts';
import { isEditTool } from './tools.ts';

const conversation = (messages: Message[], tools: string[] = []): Conversation => ({
  system: [],
  messages,
  tools: tools.map((name) => ({ name, parameters: {} })),
});
const user = (text: string): Message => ({ role: 'user', parts: [{ kind: 'text', text }] });
const call = (name: string, value: unknown): Message => ({
  role: 'assistant',
  parts: [{ kind: 'tool-call', callId: '1', name, arguments: JSON.stringify(value) }],
});
const of = (evidence: { mentions: readonly Mention[] }, role: Mention['role']): string[] =>
  evidence.mentions.filter((mention) => mention.role === role).map((mention) => mention.path);

describe('which tools edit', () => {
  test.each([
    ['replace_string_in_file', true],
    ['multi_replace_string_in_file', true],
    ['insert_edit_into_file', true],
    ['create_file', true],
    ['apply_patch', true],
    ['Edit', true],
    ['MultiEdit', true],
    ['Write', true],
    ['NotebookEdit', true],
    ['editFiles', true],
    ['read_file', false],
    ['grep_search', false],
    ['list_dir', false],
    ['run_in_terminal', false],
    ['create_directory', false],
    ['create_new_workspace', false],
    ['manage_todo_list', false],
    ['Bash', false],
    ['semantic_search', false],
    ['create_pull_request', false],
    ['createBranch', false],
    ['add_issue_comment', false],
    ['mcp_github_create_issue', false],
    ['mcp_github_update_pull_request', false],
    ['mcp_tracker_create_entry', false],
  ])('%s: %s', (name, edits) => expect(isEditTool({ name, parameters: {} })).toBe(edits));

  test('a tool of an MCP server edits only if it takes a path', () => {
    const taking = (key: string) => ({ type: 'object', properties: { [key]: { type: 'string' } } });
    expect(isEditTool({ name: 'mcp_files_write_text', parameters: taking('file_path') })).toBe(true);
    expect(isEditTool({ name: 'mcp_notes_write_text', parameters: taking('title') })).toBe(false);
    expect(isEditTool({ name: 'mcp_github_create_issue', parameters: taking('path') })).toBe(false);
  });
});

describe('evidence', () => {
  test('edits are work and reads are not', () => {
    const evidence = gatherEvidence(
      conversation([
        user('go'),
        call('read_file', { filePath: '/r/src/a.ts' }),
        call('replace_string_in_file', { filePath: '/r/src/b.ts', oldString: 'x', newString: 'y' }),
        call('multi_replace_string_in_file', {
          replacements: [{ filePath: '/r/src/c.ts' }, { filePath: '/r/src/d.ts' }],
        }),
      ]),
    );
    expect(of(evidence, 'read')).toEqual(['/r/src/a.ts']);
    expect(of(evidence, 'edited')).toEqual(['/r/src/b.ts', '/r/src/c.ts', '/r/src/d.ts']);
  });

  test('a patch names its files', () => {
    const input = '*** Begin Patch\n*** Update File: /r/a.ts\n@@\n-x\n+y\n*** Add File: b.ts\n+z\n*** End Patch';
    expect(of(gatherEvidence(conversation([call('apply_patch', { input })])), 'edited')).toEqual(['/r/a.ts', 'b.ts']);
  });

  test("the editor's own context: attachments are work, instructions are read, a selection counts", () => {
    const text =
      '<attachments>\n<attachment id="file:a.ts" filePath="/r/a.ts">\ncode\n</attachment>\n<attachment filePath="/r/AGENTS.md">x</attachment>\n</attachments>\n' +
      "<editorContext>\nThe user's current file is /r/math.ts. The current selection is from line 1 to line 3.\n</editorContext>\n<userRequest>\nTidy src/util.ts please\n</userRequest>";
    const evidence = gatherEvidence(conversation([user(text)]));
    expect(of(evidence, 'attached')).toEqual(['/r/a.ts']);
    expect(of(evidence, 'read')).toEqual(['/r/AGENTS.md']);
    expect(of(evidence, 'selected')).toEqual(['/r/math.ts']);
    expect(of(evidence, 'named')).toEqual(['src/util.ts']);
    expect(evidence.userText).toBe('Tidy src/util.ts please');
  });

  test('an open file without a selection is only current, and an earlier one is forgotten', () => {
    const context = (file: string): string =>
      `<editorContext>\nThe user's current file is ${file}. \n</editorContext><userRequest>hi</userRequest>`;
    const evidence = gatherEvidence(conversation([user(context('/r/old.ts')), user(context('/r/new.ts'))]));
    expect(of(evidence, 'current')).toEqual(['/r/new.ts']);
    expect(of(evidence, 'selected')).toEqual([]);
  });

  test('the results of tools are other people’s text: what they announce was read, and is nobody’s work', () => {
    const evidence = gatherEvidence(
      conversation([
        user('go'),
        {
          role: 'user',
          parts: [
            {
              kind: 'tool-result',
              callId: '1',
              parts: [{ kind: 'text', text: '<attachment filePath="/r/secret.ts">' }],
            },
          ],
        },
      ]),
    );
    expect(evidence.mentions).toEqual([{ path: '/r/secret.ts', role: 'read', proof: 'file', reach: 'listed' }]);
  });

  test.each([
    ['append "x" to .env please', ['.env']],
    ['look at #file:src/a.ts, and docs/LICENSE.', ['src/a.ts', 'docs/LICENSE']],
    ['rename it. Then stop...', []],
    ['a/b or c\\d.ts', ['a/b', 'c\\d.ts']],
    ['see src/größe.ts', ['src/größe.ts']],
  ])('paths that a person names: %s', (text, expected) => {
    const evidence = gatherEvidence(conversation([user(text)]));
    expect([...of(evidence, 'named'), ...of(evidence, 'mentioned')]).toEqual(expected);
  });

  test.each([
    ['append "x" to .env please', 'named'],
    ['what is in #file:.env?', 'named'],
    ['what is .env for?', 'mentioned'],
    ['Add .env to .gitignore', 'mentioned'],
    ['Write code in docs/setup.md that loads .env', 'mentioned'],
    ['Add support for reading .env to docs/setup.md', 'mentioned'],
    ['Add KEY to .env', 'named'],
    ['Do not read .env', undefined],
    ["Fix src/a.ts, but don't touch .env.", undefined],
    ['Fix it without .env', undefined],
  ] as const)('what naming a file means depends on its clause: %s', (text, role) => {
    const evidence = gatherEvidence(conversation([user(text)]));
    expect(evidence.mentions.find(({ path }) => path === '.env')?.role).toBe(role);
  });

  const asUser = (text: string): void => {
    gatherEvidence(conversation([user(text)]));
    gatherEvidence(conversation([call('run_in_terminal', { command: text }), call('x', { a: { filePath: text } })]));
  };
  const asResult = (text: string): void => {
    const parts = [{ kind: 'text' as const, text }];
    gatherEvidence(conversation([{ role: 'user', parts: [{ kind: 'tool-result', callId: '1', parts }] }]));
    gatherEvidence(conversation([call('run_in_terminal', { command: text })]));
  };
  test.each<[piece: string, gather: (text: string) => void]>([
    ['<context>', asUser],
    ['a', asUser],
    ['<userRequest>', asUser],
    ['a/', asUser],
    ['<attachment ', asUser],
    ['a.b:', asResult],
    ['--- a b\t', asResult],
    ['<file x="<file y=\'', asResult],
    ['echo $(', asResult],
    ['<<EOF\n', asResult],
    ['a-', asResult],
    ['a.', asResult],
    ['path="', asResult],
    ['*** Add', asResult],
  ])('a hostile text does not cost more than its length: %j', (piece, gather) => {
    // Both longer than what is looked at most closely. Sixteen times as long if it were quadratic.
    // What a text says is remembered by the text.
    const of = (characters: number, turn: number): string => `${turn}\n${piece.repeat(characters / piece.length)}`;
    expect(growth(gather, of, [250_000, 1_000_000], 10)).toBeLessThan(10);
  });

  test('huge and odd conversations are bounded', () => {
    const many = Array.from({ length: 6_000 }, (_, index) => call('Edit', { file_path: `/r/${index}.ts` }));
    const evidence = gatherEvidence(conversation(many));
    expect(evidence.mentions.length).toBe(5_000);
    expect(evidence.more.length).toBe(1_000);
    expect(evidence.incomplete).toBe(false);
    const names = Array.from({ length: 510_000 }, (_, index) => `/r/${index}.ts`);
    expect(gatherEvidence(conversation([call('read_files', { paths: names })])).incomplete).toBe(true);
    const odd = { kind: 'tool-call', callId: 'x', name: 'Edit', arguments: '{"file_path": 3' } as const;
    expect(gatherEvidence(conversation([{ role: 'assistant', parts: [odd] }])).mentions).toEqual([]);
    let nested: unknown = { filePath: '.env' };
    for (let depth = 0; depth < 500; depth += 1) nested = { nested };
    expect(of(gatherEvidence(conversation([call('x', nested)])), 'read')).toContain('.env');
  });
});

describe('what a request is for', () => {
  test.each([
    ['agent', ['read_file', 'replace_string_in_file'], 'agent', ''],
    ['chat', ['read_file', 'grep_search'], 'agent', ''],
    ['chat', [], 'chat', ''],
    ['title', [], 'utility', 'Write a title'],
    ['commit-message', [], 'utility', 'You write a commit message for a diff'],
    ['plan', ['read_file'], 'agent', 'You are a PLANNING AGENT'],
    ['agent', ['replace_string_in_file'], 'agent', 'You are a PLANNING AGENT'],
    ['chat', ['read_file'], 'agent', `${'x'.repeat(300)} You are a planning agent`],
    ['chat', ['read_file'], 'chat', 'Answers of the inline chat'],
    ['edit', ['inline_chat_exit'], 'agent', ''],
    ['chat', ['mcp_x_inline_chat_exit'], 'agent', ''],
    ['title', [], 'utility', `${'x'.repeat(300)} commit message`],
    ['agent', ['create_file'], 'utility', 'commit message'],
    ['agent', ['save_file'], 'agent', 'You are a planning agent'],
    ['agent', ['modify_file'], 'agent', 'You are a planning agent'],
    ['agent', ['set_file'], 'agent', 'You are a planning agent'],
    ['agent', ['bash'], 'agent', 'You are a planning agent'],
    ['agent', ['run_in_terminal'], 'agent', 'You are a planning agent'],
    ['agent', ['exec_command'], 'agent', 'You are a planning agent'],
    ['plan', ['read_file', 'get_terminal_output', 'runSubagent'], 'agent', 'You are a planning agent'],
  ] as const)('%s: %s, %s, %s', (kind, tools, surface, instructions) => {
    expect(
      requestKind({ ...conversation([user('commit message')], [...tools]), system: [{ text: instructions }] }, surface),
    ).toBe(kind);
  });
});
