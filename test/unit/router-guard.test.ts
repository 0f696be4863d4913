import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/chat/conversation.ts';
import { ask, sampleFiles, samplePolicy, setStage, userMessage } from '../host/routerStage.ts';

const guarded = {
  ...samplePolicy,
  constraints: [
    {
      id: 'secrets',
      when: { touches: ['**/.env*', 'secrets/**', 'services/fx/**'] },
      block: true,
      reason: 'keys never leave this machine',
    },
  ],
};
const fxRate = 'const spread = midRate(pair) * deskMargin.forClient(client);';
const fxBook = 'positions.set(pair.symbol, positions.get(pair.symbol) + amount);';
const environment = 'SERVICE_KEY=w9Xq27Lrt0pZ\nNODE_ENV=development\n';

const stage = setStage({
  files: {
    ...sampleFiles,
    '.routing-policy.json': JSON.stringify(guarded),
    '.env': 'KEY=1\n',
    '.env.production': environment,
    '.editorconfig': 'root = true\n',
    'my keys/.env.local': 'KEY=2\n',
    'secrets/key': 'hunter2\n',
    'secrets/key.txt': 'the first line of the vault\nand a second line of it\nshort\n',
    'services/fx/rates.ts': `import { pair } from './pair.ts';\n\nexport function quote() {\n  ${fxRate}\n  ${fxBook}\n  return undefined;\n}\n`,
    'packages/ui/src/common.ts': `export function twin() {\n  return undefined;\n}\n`,
    'docs/setup.md': 'Set NODE_ENV=development and read `load(path=".env")`.\n',
    'packages/ui/src/routes.tsx': '<Route path="/secrets/list">\n',
  },
});

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
    ['two paths in one', 'read_file', () => ({ filePath: 'README.md .env' })],
    ['two paths and a comma', 'read_file', () => ({ paths: 'README.md,.env' })],
    ['a range of lines', 'read_file', () => ({ path: '.env:1-20' })],
    ['a mention', 'read_file', () => ({ path: '@.env' })],
    ['a pattern', 'read_file', () => ({ path: '.e*' })],
    ['a pattern in a command', 'run_in_terminal', () => ({ command: 'cat .e*' })],
    ['a pattern of a search', 'grep_search', () => ({ query: 'x', includePattern: 'secrets/**' })],
    ['a folder of a search', 'grep_search', () => ({ query: 'x', path: 'secrets' })],
    ['a folder in a command', 'run_in_terminal', () => ({ command: 'grep -r x secrets/' })],
    ['cd before it', 'run_in_terminal', () => ({ command: 'cd secrets && cat key.txt' })],
    ['cd before a name without dots', 'run_in_terminal', () => ({ command: 'cd secrets; cat key' })],
    ['a cwd', 'run_in_terminal', () => ({ command: 'cat key.txt', cwd: 'secrets' })],
    ['a name without dots', 'run_in_terminal', () => ({ command: 'cat secrets/key' })],
    ['a substitution in quiet words', 'run_in_terminal', () => ({ command: 'echo "$(cat .env)"' })],
    ['words that are typed into a shell', 'write_stdin', () => ({ session_id: 1, chars: 'cat .env\n' })],
    ['parts of a change', 'run_in_terminal', () => ({ command: 'git add -p .env' })],
    ['a search by a word', 'run_in_terminal', () => ({ command: 'grep KEY .env' })],
    ['another program’s cat', 'run_in_terminal', () => ({ command: 'docker exec app cat .env' })],
    ['a name that is handed on', 'run_in_terminal', () => ({ command: 'echo .env | xargs cat' })],
    ['a list of words', 'shell', () => ({ command: ['bash', '-lc', 'cat .env'], workdir: root() })],
    ['a program in a here-document', 'run_in_terminal', () => ({ command: "python3 - <<'E'\nopen('.env')\nE" })],
    ['a key that is a path', 'read_files', () => ({ files: { '.env': { from: 1 } } })],
    ['another key beside a patch', 'apply_patch', () => ({ input: '*** Begin Patch\n', file: '.env' })],
    ['a remote workspace’s URI', 'read_file', () => ({ uri: `vscode-remote://ssh-remote+host${root()}/.env` })],
    ['a remote file elsewhere', 'read_file', () => ({ uri: 'vscode-remote://ssh-remote+host/else/where' })],
    ['a file that is gone', 'run_in_terminal', () => ({ command: `cat ${root()}/.env.old && rm ${root()}/.env.old` })],
  ])('%s', async (_what, name, value) => {
    expect(await send(step(name, value()))).toMatchObject({ kind: 'blocked' });
    expect(stage.simulated.anthropic.requests).toHaveLength(0);
  });

  test.each([
    'cat "$HOME"/.envrc',
    `cat "\${HOME}"/.envrc`,
    `cat \${HOME}/.envrc`,
    'sudo cat "$HOME"/.envrc',
    'cat "/home/somebody"/.envrc',
    'cat</home/somebody/.envrc',
    'head -5 < "$HOME/.envrc"',
    'cat $(pwd)/.envrc',
    'cat `pwd`/.envrc',
    'cat "$(pwd)/.envrc"',
    'cat "$(git rev-parse --show-toplevel)/.envrc"',
    'cat /home/*/.envrc',
    'cat /home/somebody/.e*',
    'cat /home/somebody/.??vrc',
    'cat "$HOME"/.e*',
    'cat ~/.e[n]v*',
    'cat .en""vrc',
    "cat $'.\\x65nvrc'",
    'cat $HOME/.e$rest',
    'kubectl exec p -- cat /app/.envrc',
    'kubectl exec p -- sh -c "cat /app/.envrc"',
    'ssh h cat .envrc',
    `ssh h "sudo sh -c 'cat /etc/.envrc'"`,
    'dd if=/home/somebody/.envrc',
    'cd "$HOME" && cat .envrc',
    'git show other:./config/.envrc',
    'cat $DIR/secrets/token',
  ])('a file of elsewhere that a command prints is known by its name: %s', async (command) => {
    const result = 'AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY';
    expect(await send(step('run_in_terminal', { command }, result))).toMatchObject({ kind: 'blocked' });
    expect(stage.simulated.anthropic.requests).toHaveLength(0);
  });

  test.each<[string, () => string]>([
    ['a match', () => `<match path="${root()}/.env" line=1>KEY=1</match>`],
    ['a file’s tag', () => '<file uri=".env">KEY=1</file>'],
    ['a line of grep', () => 'packages/ui/src/view.ts:1:x\n.env:1:KEY=1'],
    ['a line of grep around a match', () => '.env-1-KEY=1'],
    ['a patch', () => '*** Update File: .env\n+KEY=1'],
    ['a diff', () => '--- a/.env\n+++ b/.env\n@@ -0,0 +1 @@\n+KEY=1'],
    ['a line without a number', () => './.env:KEY=1'],
    ['a heading', () => '.env\n1:KEY=1\n\npackages/ui/src/view.ts\n1:x'],
    ['a coloured heading', () => '\u001b[35m.env\u001b[0m\n\u001b[32m1\u001b[0m:KEY=1'],
    ['JSON', () => '{"path":".env","content":"KEY=1"}'],
    ['JSON with the output of a command', () => '{"output":"./.env:KEY=1\\n","exit":0}'],
    [
      'lines of JSON',
      () => '{"type":"match","data":{"path":{"text":".env"},"lines":{"text":"KEY=1"}}}\n{"type":"end"}',
    ],
    ['single quotes', () => "<file path='.env'>KEY=1</file>"],
    ['a head', () => '==> .env <==\nKEY=1'],
    ['a fence', () => '```dotenv\n// filepath: .env\nKEY=1\n```'],
    ['a diff with other prefixes', () => 'diff --git i/.env w/.env\n--- i/.env\n+++ w/.env\n@@ -1 +1 @@\n-KEY=1'],
    ['a diff of what is gone', () => '--- a/.env.old\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-KEY=1'],
    ['a frame', () => 'Found 1 result.\n\n.env\n│----\n│KEY=1\n│----'],
    ['a file with its path', () => '<files>\n<file><path>.env</path>\n<content>\n1 | KEY=1\n</content></file></files>'],
  ])('what a tool gave back announces it: %s', async (_what, result) => {
    expect((await send(step('search', { query: 'KEY' }, result()))).kind).toBe('blocked');
  });

  test.each<[string, () => string]>([
    ['an attachment', () => '<attachment id="a > b" filePath=".env">KEY=1</attachment>'],
    ['an attachment over two lines', () => '<attachment id="a"\n  filePath=".env">KEY=1</attachment>'],
    ['a file', () => '<file path=".env">KEY=1</file>'],
    ['a file without quotes', () => '<file path=.env>KEY=1</file>'],
    ['a fence', () => '<attachments>\n```\n// filepath: .env\nKEY=1\n```\n</attachments>'],
    ['a part of a file', () => '<attachment id=".env">\nExcerpt from .env, lines 1 to 1:\nKEY=1\n</attachment>'],
    ['a change of it', () => 'Note: .env was modified, either by the user or by a linter. Lines:\n     1→KEY=1'],
    ['a diff', () => '--- a/.env\n+++ b/.env\n@@ -1 +1 @@\n-KEY=1\n+KEY=22'],
    ['a result as text', () => "[search_files for 'KEY' in '.'] Result:\n.env\n│----\n│KEY=1\n│----"],
    ['several files as text', () => "[read_file for 'package.json', '.env'] Result:\nKEY=1"],
    ['a user’s own place', () => '<attachment filePath="vscode-userdata:/User/secrets/../.env">x</attachment>'],
  ])('what a client attached: %s', async (_what, text) => {
    expect(await send([userMessage(`${text()}\nhelp`)])).toMatchObject({ kind: 'blocked' });
  });

  test('a selection of an earlier turn is still in the conversation', async () => {
    const selected = `<editorContext>\nThe user's current file is ${root()}/.env. The current selection is from line 1 to line 1.\n</editorContext>`;
    const messages = [userMessage(`${selected}explain`), userMessage('and now something else')];
    expect(await send(messages)).toMatchObject({ kind: 'blocked' });
  });

  test.each<[string, string]>([
    ['a value of a settings file', 'debug: connecting with w9Xq27Lrt0pZ'],
    ['two lines of a file', 'the first line of the vault\nand a second line of it'],
    ['two lines behind numbers', '  1→the first line of the vault\n  2→and a second line of it'],
    ['two lines of a diff', '+the first line of the vault\n+and a second line of it'],
    ['two lines in JSON', '{"out":"the first line of the vault\\nand a second line of it\\n"}'],
    ['two lines of code', `x\n    ${fxRate}\n    ${fxBook}\n`],
  ])('its text gives it away, whoever printed it: %s', async (_what, text) => {
    expect(await send(step('run_in_terminal', { command: 'make' }, text))).toMatchObject({ kind: 'blocked' });
    expect(await send([userMessage(`What is wrong here?\n${text}`)])).toMatchObject({ kind: 'blocked' });
    const system = [{ text }];
    const conversation = { system, messages: [userMessage('go')], tools: offered };
    expect(await ask(stage.client, [], { surface: 'agent', conversation }).result).toMatchObject({ kind: 'blocked' });
  });

  test('a file that git ignores is known by its text, too', async () => {
    await stage.repository.write({
      '.gitignore': '/secrets/private\n',
      'secrets/private/a': 'token: "q8Rt51Zw0Lm2Yx7P"\n',
    });
    await expect
      .poll(() => send([userMessage('here: q8Rt51Zw0Lm2Yx7P')]).then(({ kind }) => kind), {
        interval: 500,
      })
      .toBe('blocked');
  });

  test.each<[string, string, unknown, string]>([
    ['a list of names', 'list_dir', { path: '.' }, '.env\npackages\n./.env\n'],
    ['a build', 'run_in_terminal', { command: 'npm run build --workspaces' }, 'vite v6\nbuilt in 1.2s: 12:30:45'],
    ['an edit whose text speaks of it', 'create_file', { filePath: 'docs/a.md', content: 'Copy it to .env' }, 'ok'],
    ['code that names it', 'read_file', { filePath: 'docs/setup.md' }, 'read `load(path=".env")`\nopen(file=".env")'],
    ['a page’s address', 'read_file', { filePath: 'packages/ui/src/routes.tsx' }, '<Route path="/secrets/list">'],
    ['an address in a command', 'run_in_terminal', { command: 'curl localhost:3000/secrets/list /secrets/list' }, '[]'],
    ['a request’s address', 'http_request', { path: '/secrets/list' }, '[]'],
    ['written text: file_text', 'create', { path: 'docs/a.md', file_text: 'Copy it to .env' }, 'ok'],
    ['written text: insert_text', 'insert', { path: 'docs/a.md', insert_text: 'secrets/key.txt' }, 'ok'],
    ['written text: new_source', 'NotebookEdit', { notebook_path: 'a.ipynb', new_source: 'open(".env")' }, 'ok'],
    ['written text: diff', 'replace_in_file', { path: 'docs/a.md', diff: '+ see .env' }, 'ok'],
    ['written text: body', 'write_file', { path: 'docs/a.md', body: 'see .env' }, 'ok'],
    ['a to-do list', 'manage_todo_list', { todoList: [{ title: 'ignore .env', description: '.env' }] }, 'ok'],
    ['a memory', 'memory', { command: 'create', note: 'never read secrets/key.txt' }, 'ok'],
    ['a message of a commit', 'run_in_terminal', { command: 'git commit -m "Ignore .env; (see secrets/key)"' }, 'ok'],
    [
      'a long message of a commit',
      'run_in_terminal',
      { command: 'git commit -m "$(cat <<\'EOF\'\nIgnore .env\n\nand secrets/key.txt\nEOF\n)"' },
      'ok',
    ],
    ['a commit by a tool', 'git_commit', { message: 'Ignore .env and secrets/key' }, 'ok'],
    ['a line for git to ignore', 'run_in_terminal', { command: 'echo ".env" >> .gitignore && git add .' }, ''],
    ['names of a folder', 'list_dir', { path: 'secrets' }, 'key\nkey.txt'],
    ['names by a pattern', 'Glob', { pattern: 'secrets/**' }, 'secrets/key\nsecrets/key.txt'],
    ['names by a command', 'run_in_terminal', { command: 'ls -la secrets' }, 'key\nkey.txt'],
    ['a search for its name', 'grep_search', { query: '\\.env' }, 'docs/setup.md:1:read `load(path=".env")`'],
    ['a search in everything', 'grep_search', { query: 'x', path: '.', includePattern: '**' }, 'no matches'],
    ['a build in the root', 'run_in_terminal', { command: 'cd packages && eslint .' }, 'ok'],
    ['a rule in Markdown', 'fetch', { url: 'x' }, '--- .env\n+++ .env\nno hunk'],
    ['values that everyone sets', 'fetch', { url: 'x' }, 'NODE_ENV=development\nLOG_LEVEL=info'],
    [
      'lines that all code has',
      'read_file',
      { filePath: 'a.ts' },
      "import { pair } from './pair.ts';\n  return undefined;",
    ],
    ['one line of code in common', 'read_file', { filePath: 'a.ts' }, fxRate],
    ...(
      [
        ["find . -maxdepth 2 -name '.env*'", './.env\n./.env.production'],
        ["find . -type f -not -path './secrets/*'", './docs/setup.md'],
        ["rg -n NODE -g '!.env' -g '!secrets/**'", 'docs/setup.md:1:Set NODE_ENV'],
        ['grep -rn NODE . --exclude=.env --exclude-dir=secrets', 'docs/setup.md:1:Set NODE_ENV'],
        ["git diff -- . ':!.env'", 'diff'],
        ["grep '^.env$' .gitignore", 'dist'],
        ["grep -q '^.env$' .gitignore || echo '.env' >> .gitignore", 'x'],
        ['cp .env.sample .env', 'x'],
        ['node --env-file=.env dist/main.js', 'listening'],
        ['wc -l .env', '1 .env'],
        ['git log --oneline -- .env', 'abc add'],
        ['git diff --stat -- secrets', ' secrets/key | 2 +-'],
        ['docker compose --env-file .env up -d', 'Started'],
        ['npm start', '.env: No such file or directory'],
        ['cat .env', 'cat: .env: Permission denied'],
        ['tsc -p services/fx', 'services/fx/rates.ts:3:5 - error TS2322: Type x is not assignable'],
        ["sed -i 's#secrets/key#secrets/other#' docs/setup.md", ''],
        ['node --version', 'v20.11.0'],
        ['cat "$HOME"/.bashrc', 'alias ll'],
        ['cat /srv/app/* | head', 'a line'],
        ['cat "$dir/$file"', 'a line'],
        ["sed -n '/secrets/,/keys/p' $HOME/notes.md", 'a line'],
        ["awk '/.envrc/' docs/setup.md", 'a line'],
        ['grep -rn "x" "$PWD"/packages >.envrc', 'a line'],
        ['git log -p -3 -- "$(git rev-parse --show-toplevel)/docs"', 'a line'],
        ['kubectl get secret -n prod', 'name age'],
        ['echo "$(date)/.envrc"', '/.envrc'],
      ] as const
    ).map(([command, result]): [string, string, unknown, string] => [
      `a command: ${command}`,
      'run_in_terminal',
      { command },
      result,
    ]),
    ['figures in JSON', 'get_file_info', { path: '.' }, '{"files":{".env":{"size":6}}}'],
    ['a search that leaves it out', 'grep_search', { query: 'x', includePattern: '!{.env,secrets/**}' }, 'no'],
    ['a page of the web', 'fetch', { url: 'https://example.com/.env' }, 'see https://example.com/.env'],
  ])('%s does not hold the agent up', async (_what, name, value, result) => {
    expect(await send(step(name, value, result))).toMatchObject({ kind: 'served' });
  });

  test('what a guarded file shares with one that is not guarded gives nothing away', async () => {
    const lines = 'the first line of the vault\nand a second line of it';
    await stage.repository.write({ 'docs/vault.md': `Look:\n${lines}\n` });
    expect(await send(step('fetch', { url: 'x' }, lines))).toMatchObject({ kind: 'served' });
    await stage.repository.write({ 'docs/vault.md': 'Nothing.\n' });
    expect(await send(step('fetch', { url: 'x' }, lines))).toMatchObject({ kind: 'blocked' });
  });

  test.each([
    ['Do not read .env', 'served'],
    ['What is secrets/key.txt for?', 'served'],
    ['Tidy packages/ui, but never touch .env', 'served'],
    ['Add .env to .gitignore', 'served'],
    ['Write code in docs/setup.md that loads .env', 'served'],
    ['Fix secrets/key.txt', 'blocked'],
  ])('naming a file sends nothing of it, but to ask for a change of it is work: %s', async (text, kind) => {
    expect(await send([userMessage(text)])).toMatchObject({ kind });
  });

  test('a long session goes on, and what is guarded is still found at its end', async () => {
    const commands = Array.from(
      { length: 120 },
      (_, at) =>
        `cd ${root()}/packages/p${at % 10} && npx vitest run src/a${at}.test.ts src/b${at}.test.ts; sed -n '1,80p' src/feature${at}.ts; git diff --stat ${Array.from({ length: 40 }, (_, file) => `src/part${at}/file${file}.ts`).join(' ')}`,
    );
    const long = commands.flatMap((command) => step('run_in_terminal', { command }));
    expect(await send(long)).toMatchObject({ kind: 'served' });
    const end = [...commands, 'cat .env'].flatMap((command) => step('run_in_terminal', { command }));
    expect(await send(end)).toMatchObject({ kind: 'blocked' });
    const there = [...commands, 'cd secrets; cat key'].flatMap((command) => step('run_in_terminal', { command }));
    expect(await send(there)).toMatchObject({ kind: 'blocked' });
  });

  test.each([
    ['none of them is guarded', (at: number) => `src/${at}.ts`, 'served'],
    ['each of them may be guarded', (at: number) => `vault/.env.${at}`, 'blocked'],
  ] as const)('more files than are looked up: %s', async (_what, name, kind) => {
    const many = Array.from({ length: 12_000 }, (_, at) => name(at));
    expect(await send(step('read_files', { files: many }))).toMatchObject({ kind });
  });

  test('what a model thought and what is sent as a document is compared, too', async () => {
    const text = 'it is w9Xq27Lrt0pZ';
    const base64 = Buffer.from(text).toString('base64');
    const thought: Message = { role: 'assistant', parts: [{ kind: 'thinking', text }] };
    const document: Message = { role: 'user', parts: [{ kind: 'document', mediaType: 'text/plain', base64 }] };
    expect(await send([userMessage('go'), thought, userMessage('on')])).toMatchObject({ kind: 'blocked' });
    expect(await send([userMessage('go'), document])).toMatchObject({ kind: 'blocked' });
  });

  test('the refusal names the file that it is about', async () => {
    const result = await send(step('run_in_terminal', { command: 'cat .env' }));
    expect(result.kind === 'blocked' && result.message).toMatch(
      /^Refused by `secrets` because of `\.env`: keys never leave this machine\. Take/,
    );
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

  test('is held against a guard by its lines alone, and the decision says so', async () => {
    expect(await tooltip()).toMatch(/Not enforced here.*what commands print/i);
  });

  test('is not spoken of where no rule looks at files', async () => {
    await stage.policy({ ...samplePolicy, constraints: [] });
    // A rule can only be taken away where everybody sees it.
    await stage.repository.commit('No rule looks at files');
    expect(await tooltip()).not.toMatch(/Not enforced here/i);
  });
});
