import { expect, test } from 'vitest';
import type { Message, UserPart } from '../chat/conversation.ts';
import { failingChecks } from './failingChecks.ts';

const text = (words: string): UserPart => ({ kind: 'text', text: words });
const check = (callId: string, output: string, ...beside: readonly UserPart[]): readonly Message[] => [
  {
    role: 'assistant',
    parts: [{ kind: 'tool-call', callId, name: 'Bash', arguments: JSON.stringify({ command: 'npm test' }) }],
  },
  { role: 'user', parts: [{ kind: 'tool-result', callId, parts: [{ kind: 'text', text: output }] }, ...beside] },
];
const reminder = text('<system-reminder>\nKeep a list of tasks.\n</system-reminder>');
const failed = 'Exit code 1\n1 failed';

test.each<[string, readonly Message[], number]>([
  ['in a row', [...check('1', failed), ...check('2', failed)], 2],
  ['until one is fine', [...check('1', failed), ...check('2', 'Exit code 0')], 0],
  [
    'whatever a client writes beside their results',
    [...check('1', failed, reminder), ...check('2', failed, reminder)],
    2,
  ],
  [
    'anew when a person speaks',
    [...check('1', failed), { role: 'user', parts: [text('leave it')] }, ...check('2', failed)],
    1,
  ],
])('counts failed checks %s', (_, messages, count) => {
  expect(failingChecks({ system: [], messages, tools: [] })).toBe(count);
});
