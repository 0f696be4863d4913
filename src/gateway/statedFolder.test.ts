import { describe, expect, it } from 'vitest';
import { growth, TENFOLD } from '../../test/host/cpuTime.ts';
import type { Conversation, Message } from '../chat/conversation.ts';
import { MOST_STATED, statedFolders } from './statedFolder.ts';

const user = (text: string): Message => ({ role: 'user', parts: [{ kind: 'text', text }] });
const levels = (conversation: Partial<Conversation>): readonly (readonly string[])[] => [
  ...statedFolders({ system: [], messages: [], tools: [], ...conversation }),
];
const found = (conversation: Partial<Conversation>): readonly string[] => levels(conversation).flat();

describe('where clients say that they work', () => {
  it.each([
    [
      'Claude Code',
      'Here is the environment:\n<env>\n - Primary working directory: /home/ada/shop\n - Git: yes\n</env>',
    ],
    ['Copilot CLI', 'You are the GitHub Copilot CLI.\n* Current working directory: /home/ada/shop\n'],
    ['opencode', '<env>\n  Working directory: /home/ada/shop\n  Is directory a git repo: yes\n</env>'],
    ['Cline', '1. OS: Linux\n4. Working Directory: /home/ada/shop\n'],
    ['Continue', 'Working directory: /home/ada/shop'],
    ['Qwen Code', "I'm currently working in the directory: /home/ada/shop\nHere is the structure"],
    ['Gemini CLI', '- **Workspace Directories:**\n  - /home/ada/shop\n- **OS:** linux'],
    ['Gemini CLI, of several', "I'm currently working in the following directories:\n  - /home/ada/shop\n  - /srv"],
    ['Codex', '<environment_context>\n  <cwd>/home/ada/shop</cwd>\n  <shell>bash</shell>'],
    ['in backticks', 'Working directory: `/home/ada/shop`\r\n'],
  ])('%s', (_client, text) => {
    expect(found({ system: [{ text }] })[0]).toBe('/home/ada/shop');
    expect(found({ messages: [user(text)] })[0]).toBe('/home/ada/shop');
  });

  it('on Windows, with blanks', () => {
    const text = 'Primary working directory: C:\\Users\\Ada Lovelace\\shop\r\nPlatform: win32';
    expect(found({ system: [{ text }] })).toEqual(['C:\\Users\\Ada Lovelace\\shop']);
  });

  it('the system’s text stands apart from the person’s', () => {
    const stated = levels({ system: [{ text: 'Working directory: /a' }], messages: [user('Working directory: /b')] });
    expect(stated).toEqual([['/a'], ['/b']]);
  });

  it('in the order of the text, however it is said, and each once', () => {
    const text = 'Working directory: /a\n<cwd>/b</cwd>\nCurrent working directory: /a\n - Working Directory: /c';
    expect(found({ system: [{ text }] })).toEqual(['/a', '/b', '/c']);
  });
});

describe('what is not believed', () => {
  const call: Message = {
    role: 'assistant',
    parts: [{ kind: 'tool-call', callId: '1', name: 'read', arguments: '{}' }],
  };
  const result: Message = {
    role: 'user',
    parts: [{ kind: 'tool-result', callId: '1', parts: [{ kind: 'text', text: 'Working directory: /evil' }] }],
  };
  it.each([
    ['a tool’s result', [user('go'), call, result]],
    ['a result before any answer', [result]],
    ['a word beside a result', [{ role: 'user', parts: [...result.parts, ...user('Working directory: /evil').parts] }]],
    ['a model', [user('go'), { role: 'assistant', parts: [{ kind: 'text', text: 'Working directory: /evil' }] }]],
    ['what is said after an answer', [user('go'), call, user('Working directory: /evil')]],
    ['prose', [user(`Somewhere in a long line of prose that somebody has pasted, the working directory: /evil`)]],
    ['a tag that is not closed', [user('<cwd>/evil')]],
    ['a tag that is closed lines below', [user('<cwd>/evil\n</cwd>')]],
    ['nothing', [user('Working directory: \n/evil')]],
  ] as readonly (readonly [string, readonly Message[]])[])('%s', (_what, messages) => {
    expect(found({ messages })).toEqual([]);
  });

  it.each([
    ['the same folder', 'Working directory: x\n'],
    ['no folder, on one line', 'working directory: '],
    ['an open tag', '\n<cwd>'],
    ['a list that is none', 'working in the following directories:\n\n\n\n'],
  ])('takes no long time over a text that says all the time %s', (_what, words) => {
    const look = (text: string): void => expect(found({ system: [{ text }] }).length).toBeLessThan(2);
    expect(growth(look, (times) => words.repeat(times), [20_000, 200_000])).toBeLessThan(TENFOLD);
  });

  it('goes no further than to see that there are too many', () => {
    const text = Array.from({ length: 5_000 }, (_, number) => `Working directory: /${number}\n`).join('');
    expect(found({ system: [{ text }] })).toHaveLength(MOST_STATED + 1);
  });
});
