// Every key of a condition: in a class it chooses the model, in a constraint it refuses.
import { expect } from 'vitest';
import type { When } from '../../../src/policy/schema.ts';
import {
  type Bench,
  CORE,
  CORE_TEST,
  editTools,
  HAIKU,
  is,
  type Request,
  SONNET,
  type Teeth,
  type Tooth,
  UI,
} from './bench.ts';

interface Condition {
  readonly when: When;
  readonly matching: Request;
  readonly other: Request;
  /** From the prompt, or not to be had by a chat: for classes alone. */
  readonly prefersOnly?: true;
}

const words = 'word '.repeat(2_000);
const image = { kind: 'image' as const, mediaType: 'image/png' as const, base64: 'iVBORw0KGgo=' };

const conditions: Readonly<Record<string, Condition>> = {
  'When.kind': { when: { kind: ['agent', 'plan'] }, matching: { tools: editTools }, other: {} },
  'When.kind: chat': { when: { kind: 'chat' }, matching: {}, other: { tools: editTools } },
  'When.kind: edit': { when: { kind: 'edit' }, matching: { surface: 'inline-chat' }, other: {} },
  'When.kind: agent': { when: { kind: 'agent' }, matching: { tools: editTools }, other: {} },
  'When.kind: plan': { when: { kind: 'plan' }, matching: { system: 'You are a PLANNING AGENT.' }, other: {} },
  'When.kind: commit-message': {
    when: { kind: 'commit-message' },
    matching: { surface: 'utility', system: 'Write a commit message.' },
    other: { surface: 'utility', system: 'Write a title.' },
  },
  'When.kind: title': { when: { kind: 'title' }, matching: { surface: 'utility' }, other: {} },
  'When.kind: review': { when: { kind: 'review' }, matching: { kind: 'review' }, other: {} },
  'When.files': {
    when: { files: ['**/*.test.ts'] },
    matching: { works: [CORE_TEST] },
    other: { works: [CORE_TEST, CORE] },
  },
  'When.touches': {
    when: { touches: ['**/*.test.ts'] },
    matching: { works: [CORE_TEST, CORE] },
    other: { works: [CORE] },
  },
  'When.languages': {
    when: { languages: ['json'] },
    matching: { works: ['packages/ui/package.json'] },
    other: { works: [CORE] },
  },
  'When.client': { when: { client: ['claude-code'] }, matching: { client: 'claude-code' }, other: { client: 'codex' } },
  'When.branch': { when: { branch: ['ma*'] }, matching: {}, other: {} },
  'When.context': { when: { context: { tools: true } }, matching: { tools: editTools }, other: {} },
  'When.context.tokens': { when: { context: { tokens: '>=1500' } }, matching: { text: words }, other: {} },
  'When.context.images': {
    when: { context: { images: true } },
    matching: { messages: [{ role: 'user', parts: [{ kind: 'text', text: 'what is it?' }, image] }] },
    other: {},
  },
  'When.context.tools': { when: { context: { tools: true } }, matching: { tools: editTools }, other: {} },
  'When.keywords': {
    when: { keywords: ['rename'] },
    matching: { text: 'rename it' },
    other: { text: 'explain it' },
    prefersOnly: true,
  },
  'When.not': { when: { not: { kind: 'agent' } }, matching: {}, other: { tools: editTools } },
  'When.anyOf': {
    when: { anyOf: [{ kind: 'agent' }, { touches: ['**/*.test.ts'] }] },
    matching: { works: [CORE_TEST] },
    other: { works: [CORE] },
  },
};

export function conditionTeeth(bench: Bench): Teeth {
  const { under, stage } = bench;
  const asRule = async (when: object, request: Request): Promise<string> =>
    (await under({ constraints: [{ id: 'rule', when, block: true, reason: 'not so' }] }, request)).target;
  const asClass = async (when: object, request: Request): Promise<string> =>
    (await under({ classes: [{ id: 'rule', when, use: HAIKU }] }, request)).target;

  const bites =
    ({ when, matching, other, prefersOnly }: Condition): Tooth =>
    async () => {
      const elsewhere = async (go: typeof asRule): Promise<string> => {
        if (when.branch !== undefined) await stage.repository.git('checkout', '--quiet', '-B', 'feature');
        try {
          return await go(when, other);
        } finally {
          if (when.branch !== undefined) await stage.repository.git('checkout', '--quiet', 'main');
        }
      };
      const seen = [await asClass(when, matching), await elsewhere(asClass)];
      if (prefersOnly !== true) seen.push(await asRule(when, matching), await elsewhere(asRule));
      expect(seen).toEqual([HAIKU, SONNET, ...(prefersOnly === true ? [] : ['blocked', SONNET])]);
    };

  /** Two files with two lines more and one line less between them. */
  const sized =
    (measure: string, holds: string, fails: string): Tooth =>
    async () => {
      await stage.repository.write({
        [CORE]: 'export function sum(a: number, b: number): number {\n  return b + a;\n}\n// more\n',
      });
      const request = { works: [CORE, UI] };
      const seen = [];
      for (const range of [holds, fails]) {
        seen.push(
          await asClass({ diff: { [measure]: range } }, request),
          await asRule({ diff: { [measure]: range } }, request),
        );
      }
      expect(seen).toEqual([HAIKU, 'blocked', SONNET, SONNET]);
    };

  return {
    ...Object.fromEntries(Object.entries(conditions).map(([key, condition]) => [key, bites(condition)])),
    'When.diff': sized('files', '>=2', '>=3'),
    'When.diff.files': sized('files', '2', '<=1'),
    'When.diff.lines': sized('lines', '3', '>=4'),
    'When.diff.added': sized('added', '2', '<=1'),
    'When.diff.deleted': sized('deleted', '1', '>1'),
    'When.diff.modules': sized('modules', '>=2', '<=1'),
    'When.team': async () => {
      const when = { team: ['payments'] };
      await bench.configure({ team: 'payments' });
      const own = [await asClass(when, {}), await asRule(when, {})];
      await bench.configure({ team: 'shipping' });
      expect([...own, await asClass(when, {}), await asRule(when, {})]).toEqual([HAIKU, 'blocked', SONNET, SONNET]);
    },
    'When.intent': async () => {
      // Nobody declares one yet: a class that rests on it never matches, and the editor says so.
      await is(under({ classes: [{ id: 'rule', when: { intent: ['refactor'] }, use: HAIKU }] }), SONNET);
      await bench.unenforced(
        { classes: [{ id: 'rule', when: { not: { intent: ['refactor'] } }, use: HAIKU }] },
        'intent',
      );
    },
    'When.kind: completion': async () => {
      const when = { kind: 'completion' };
      const codestral = 'codestral/codestral-latest';
      await stage.policy({ version: 1, default: SONNET, classes: [{ id: 'rule', when, use: codestral }] });
      await bench.complete();
      expect(stage.simulated.fim.requests).toHaveLength(1);
      await stage.policy({
        version: 1,
        default: codestral,
        constraints: [{ id: 'rule', when, block: true, reason: 'not so' }],
      });
      expect(await bench.complete()).toEqual([]);
      expect(stage.simulated.fim.requests).toHaveLength(1);
    },
  };
}
