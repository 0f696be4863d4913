// Conversations as an agent's client has them, through the router's own door: real process, real git, real wires.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Message, Tool } from '../../src/chat/conversation.ts';
import type { ChatParams, OverrideOptions, OverrideResult } from '../../src/contract/messages.ts';
import { toRouter } from '../../src/contract/messages.ts';
import { ask, rootOf, samplePolicy, setStage, userMessage } from '../host/routerStage.ts';

const stage = setStage();

let beginning = '';

beforeAll(async () => {
  beginning = (await stage.repository.git('rev-parse', 'HEAD')).trim();
});

const TEST = 'packages/core/src/sum.test.ts';
const CODE = 'packages/core/src/sum.ts';
const OTHER = 'packages/ui/src/view.ts';

const tools: Tool[] = ['read_file', 'replace_string_in_file', 'run_in_terminal'].map((name) => ({
  name,
  description: name,
  parameters: { type: 'object', properties: { filePath: { type: 'string' } } },
}));

/** One agent conversation: what was said and done so far, and a request at each of its steps. */
class Conversation {
  readonly id = randomUUID();
  readonly messages: Message[] = [];
  client = stage.client;
  #calls = 0;

  say(text: string): void {
    this.messages.push({ role: 'user', parts: [{ kind: 'text', text }] });
  }

  call(name: string, args: object, result = 'done'): void {
    const callId = `call-${this.#calls++}`;
    this.messages.push(
      { role: 'assistant', parts: [{ kind: 'tool-call', callId, name, arguments: JSON.stringify(args) }] },
      { role: 'user', parts: [{ kind: 'tool-result', callId, parts: [{ kind: 'text', text: result }] }] },
    );
  }

  async edit(path: string): Promise<void> {
    await stage.repository.write({ [path]: `// edited ${this.#calls}\n` });
    this.call('replace_string_in_file', {
      filePath: `${stage.repository.folder}/${path}`,
      oldString: 'a',
      newString: 'b',
    });
  }

  read(path: string): void {
    this.call('read_file', { filePath: `${stage.repository.folder}/${path}` }, 'export const view = "view";');
  }

  check(exitCode: number): void {
    this.call('run_in_terminal', { command: 'npm test' }, `Command exited with code ${exitCode}`);
  }

  /** Sends what there is, as an agent does, and takes the answer down. */
  async ask(more: Partial<ChatParams> = {}): Promise<{ model: string; class: string; tooltip: string }> {
    const { messages } = this;
    const result = await ask(this.client, messages, {
      surface: 'agent',
      conversation: { system: [{ text: 'You are an agent.' }], messages: [...messages], tools },
      conversationId: this.id,
      ...more,
    }).result;
    if (result.kind !== 'served') return { model: result.kind, class: '', tooltip: '' };
    this.messages.push({ role: 'assistant', parts: [{ kind: 'text', text: 'Done.' }] });
    const { target = '', class: classOfWork = '', tooltip } = result.status;
    return { model: target.slice(target.indexOf('/') + 1), class: classOfWork, tooltip: plain(tooltip) };
  }

  /** A request in the middle of a turn: the agent goes on after its last tool call. */
  async goOn(): ReturnType<Conversation['ask']> {
    const answered = await this.ask();
    this.messages.pop();
    return answered;
  }
}

/** A policy that is committed: an edit that nobody has merged can only tighten. */
async function committed(policy: object): Promise<void> {
  await stage.policy(policy);
  await stage.repository.commit('The policy');
}

afterEach(async () => {
  // What a test committed is undone, and what it wrote is written over by the stage.
  await stage.repository.git('reset', '--quiet', '--hard', beginning);
});

/** What people read, without the marks that keep Markdown from reading it otherwise. */
const plain = (markdown: string): string => markdown.replaceAll('\\', '');

async function started(): Promise<Conversation> {
  const conversation = new Conversation();
  conversation.say('Make the tests better');
  await conversation.edit(TEST);
  return conversation;
}

describe('an agent that begins on a test', () => {
  test('goes on with the large model from the turn after it has edited a second module, and the status says so', async () => {
    const conversation = await started();
    expect(await conversation.goOn()).toMatchObject({ model: 'claude-haiku-5-5', class: 'tests' });
    await conversation.edit(CODE);
    await conversation.edit(OTHER);
    // In the middle of a turn the model stays: its thinking and its cache are of no use to another.
    const inLoop = await conversation.ask();
    expect(inLoop).toMatchObject({ model: 'claude-haiku-5-5', class: 'wide' });
    expect(inLoop.tooltip).toContain('until this turn ends');
    conversation.say('Now the rest');
    const next = await conversation.ask();
    expect(next).toMatchObject({ model: 'claude-opus-5-5', class: 'wide' });
    expect(next.tooltip).toMatch(/Switched from anthropic\/claude-haiku-5-5: this work needs a larger model/);
    conversation.say('And the last bit');
    expect((await conversation.ask()).model).toBe('claude-opus-5-5');
  });

  test('is not moved by merely reading a second module', async () => {
    const conversation = await started();
    conversation.read(CODE);
    conversation.read(OTHER);
    await conversation.ask();
    conversation.say('Go on');
    expect(await conversation.ask()).toMatchObject({ model: 'claude-haiku-5-5', class: 'tests' });
  });

  test('has nothing left to show for it once its work is committed', async () => {
    const conversation = await started();
    await conversation.edit(CODE);
    await conversation.edit(OTHER);
    expect((await conversation.ask()).class).toBe('wide');
    await stage.repository.commit('Done');
    conversation.say('Another thing: the test');
    await conversation.edit(TEST);
    expect((await conversation.goOn()).class).toBe('tests');
  });

  test('is known again by its edits after a restart', async () => {
    const conversation = await started();
    await conversation.edit(CODE);
    await conversation.edit(OTHER);
    await conversation.ask();
    conversation.say('Go on');
    const other = await stage.start({ stateFolder: stage.stateFolder });
    const { messages } = conversation;
    const result = await ask(other, messages, {
      surface: 'agent',
      conversation: { system: [], messages, tools },
      conversationId: conversation.id,
    }).result;
    expect(result).toMatchObject({ status: { class: 'wide', target: 'anthropic/claude-opus-5-5' } });
  });
});

describe('a router that is killed in the middle of a tool loop', () => {
  test('goes on with the same model, and with the larger one from the next turn on', async () => {
    const conversation = await started();
    conversation.client = await stage.start();
    expect((await conversation.goOn()).model).toBe('claude-haiku-5-5');
    process.kill(conversation.client.pid, 'SIGKILL');
    await conversation.edit(CODE);
    await conversation.edit(OTHER);
    conversation.client = await stage.start();
    const inLoop = await conversation.ask();
    expect(inLoop).toMatchObject({ model: 'claude-haiku-5-5', class: 'wide' });
    expect(inLoop.tooltip).toContain('until this turn ends');
    process.kill(conversation.client.pid, 'SIGKILL');
    conversation.client = await stage.start();
    conversation.say('Now the rest');
    const next = await conversation.ask();
    expect(next).toMatchObject({ model: 'claude-opus-5-5', class: 'wide' });
    expect(next.tooltip).toMatch(/Switched from anthropic\/claude-haiku-5-5: this work needs a larger model/);
  });

  test('leaves a model that a rule has come to forbid meanwhile', async () => {
    const conversation = await started();
    conversation.client = await stage.start();
    expect((await conversation.goOn()).model).toBe('claude-haiku-5-5');
    process.kill(conversation.client.pid, 'SIGKILL');
    const forbids = { id: 'no-haiku', deny: ['*haiku*'], reason: 'recalled' };
    await stage.policy({ ...samplePolicy, constraints: [forbids] });
    conversation.client = await stage.start();
    expect((await conversation.ask()).model).toBe('gpt-6-luna');
  });
});

describe('a route with "escalateTo"', () => {
  const policy = {
    ...samplePolicy,
    classes: [{ id: 'tests', when: { files: ['**/*.test.ts'] } }],
    routes: { tests: { use: 'small', escalateTo: 'large' } },
  };

  test('is taken when the same is asked again, and left when something else is', async () => {
    await committed(policy);
    const conversation = await started();
    expect((await conversation.ask()).model).toBe('claude-haiku-5-5');
    conversation.say('Make the tests better');
    const again = await conversation.ask();
    expect(again.model).toBe('claude-opus-5-5');
    expect(again.tooltip).toContain('Escalated: the same was asked again');
  });

  test('is taken when the edit was undone', async () => {
    await committed(policy);
    const conversation = await started();
    expect((await conversation.ask()).model).toBe('claude-haiku-5-5');
    await stage.repository.git('checkout', '--quiet', '--', TEST);
    conversation.say('That was no good, try once more');
    const again = await conversation.ask({ activeFile: stage.client.uri(TEST), selected: true });
    expect(again.tooltip).toContain('Escalated: the last edit was undone');
    expect(again.model).toBe('claude-opus-5-5');
  });

  test('is taken when the agent’s own checks have failed three times in a row', async () => {
    await committed(policy);
    const conversation = await started();
    conversation.check(1);
    conversation.check(1);
    expect((await conversation.goOn()).model).toBe('claude-haiku-5-5');
    conversation.check(1);
    const escalated = await conversation.goOn();
    expect(escalated.model).toBe('claude-opus-5-5');
    conversation.check(0);
    expect((await conversation.goOn()).model).toBe('claude-opus-5-5');
  });
});

describe('an override', () => {
  const options = (): Promise<OverrideOptions> =>
    stage.client.connection.sendRequest(toRouter.overrideOptions, { roots: rootOf(stage.repository.folder) });
  const override = (target?: string, reason?: string): Promise<OverrideResult> =>
    stage.client.connection.sendRequest(toRouter.override, {
      roots: rootOf(stage.repository.folder),
      ...(target ? { target } : {}),
      ...(reason ? { reason } : {}),
    });
  const policy = { ...samplePolicy, overrides: { direction: 'up', reason: 'required', expires: '2h', maxPerDay: 2 } };

  test('with its reason is followed until it is given up, and counts once', async () => {
    await committed(policy);
    const offered = await options();
    expect(offered).toMatchObject({ allowed: true, reasonRequired: true });
    expect(offered.rules).toBe(
      'The policy lets you ask for a dearer model than the policy’s choice, with a reason, for 120 minutes, 2 times a day.',
    );
    expect(offered.targets).toContainEqual({
      target: 'anthropic/claude-opus-5-5',
      detail: expect.stringMatching(/^\$[\d.]+ in, \$[\d.]+ out per million tokens$/),
    });
    expect(await override('anthropic/claude-opus-5-5')).toMatchObject({
      done: false,
      message: expect.stringContaining('reason'),
    });
    expect(await override('anthropic/claude-opus-5-5', 'it goes round in circles')).toMatchObject({ done: true });
    const conversation = await started();
    const answered = await conversation.goOn();
    expect(answered.model).toBe('claude-opus-5-5');
    expect(answered.tooltip).toContain('it goes round in circles');
    expect((await options()).active).toMatchObject({ target: 'anthropic/claude-opus-5-5' });
    expect(await override()).toMatchObject({ done: true });
    const after = new Conversation();
    after.say('hello');
    expect((await after.ask()).model).toBe('claude-sonnet-5-5');
    expect((await override('anthropic/claude-opus-5-5', 'again')).done).toBe(true);
    await override();
    expect(await override('anthropic/claude-opus-5-5', 'a third time')).toMatchObject({
      done: false,
      message: expect.stringContaining('2 a day'),
    });
  });

  test('down is refused with the rule’s reason, and the policy’s choice is used', async () => {
    await committed({ ...policy, overrides: { direction: 'up', reason: 'optional' } });
    const conversation = new Conversation();
    conversation.say('hello');
    const answered = await conversation.ask({ requestedModel: 'anthropic/claude-haiku-5-5' });
    expect(answered.model).toBe('claude-sonnet-5-5');
    expect(answered.tooltip).toContain('lets people ask for a dearer model only');
  });

  test('by a model that the client names is followed where no reason is asked for', async () => {
    await committed({ ...policy, overrides: { direction: 'any', reason: 'optional' } });
    const conversation = new Conversation();
    conversation.say('hello');
    expect((await conversation.ask({ requestedModel: 'openai/gpt-6.1-sol' })).model).toBe('gpt-6.1-sol');
    expect((await conversation.ask()).model).not.toBe('claude-sonnet-5-5');
  });

  test('of a person lends its reason to no client that names another model', async () => {
    await committed({ ...policy, overrides: { direction: 'any', reason: 'required' } });
    expect((await override('anthropic/claude-haiku-5-5', 'a flaky test')).done).toBe(true);
    const conversation = new Conversation();
    conversation.say('hello');
    const answered = await conversation.ask({ requestedModel: 'anthropic/claude-opus-5-5' });
    await override();
    expect(answered.model).not.toBe('claude-opus-5-5');
    expect(answered.tooltip).toContain('wants a reason');
  });

  test('is not there for anyone where the policy does not speak of it', async () => {
    expect(await options()).toMatchObject({ allowed: false, rules: 'The policy allows no overrides.' });
    const conversation = new Conversation();
    conversation.say('hello');
    const answered = await conversation.ask({ requestedModel: 'anthropic/claude-opus-5-5' });
    expect(answered.model).toBe('claude-sonnet-5-5');
    expect(answered.tooltip).toContain('allows no overrides');
  });
});

test('a title asked for in a conversation neither pins it nor is pinned', async () => {
  const conversation = await started();
  await conversation.ask();
  const title = await ask(stage.client, [userMessage('Write a title')], {
    surface: 'utility',
    conversationId: conversation.id,
  }).result;
  expect(title).toMatchObject({ status: { class: 'utility', target: 'anthropic/claude-haiku-5-5' } });
});
