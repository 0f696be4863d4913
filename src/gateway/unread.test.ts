import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewayStage, startStage } from './testing/stage.ts';
import { unreadMessages } from './unread.ts';

let stage: GatewayStage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

const responses = (...items: object[]): [string, object] => [
  '/v1/responses',
  { model: 'auto', input: [{ role: 'user', content: 'help' }, ...items] },
];
const messages = (...blocks: object[]): [string, object] => [
  '/v1/messages',
  {
    model: 'auto',
    max_tokens: 100,
    messages: [
      { role: 'user', content: 'help' },
      { role: 'assistant', content: blocks },
      { role: 'user', content: 'go on' },
    ],
  },
];
const shellOutput = { type: 'local_shell_call_output', id: 'c', output: 'KEY=1' };

describe('what the conversation cannot hold and the body carries all the same', () => {
  it.each<[string, [string, object]]>([
    [
      'a local shell that reads a guarded file',
      responses(
        {
          type: 'local_shell_call',
          call_id: 'c',
          action: { type: 'exec', command: ['cat', '.env'] },
          status: 'completed',
        },
        shellOutput,
      ),
    ],
    [
      'a shell that reads a guarded file',
      responses(
        { type: 'shell_call', call_id: 'c', action: { commands: ['ls', 'cat .env'] } },
        { type: 'shell_call_output', call_id: 'c', output: [{ stdout: 'KEY=1', stderr: '' }] },
      ),
    ],
    [
      'a patch of a guarded file',
      responses({
        type: 'apply_patch_call',
        call_id: 'c',
        operation: { type: 'update_file', path: '.env', diff: '+KEY=2' },
      }),
    ],
    [
      'a shell on the provider’s side that reads a guarded file',
      messages(
        { type: 'server_tool_use', id: 's', name: 'bash_code_execution', input: { command: 'cat .env' } },
        { type: 'bash_code_execution_tool_result', tool_use_id: 's', content: { stdout: 'KEY=1' } },
      ),
    ],
  ])('%s is refused', async (_, [path, body]) => {
    const answer = await stage.ask(path, { body });
    expect([answer.status, answer.text]).toEqual([
      path.endsWith('messages') ? 402 : 400,
      expect.stringContaining('Refused by `secrets`'),
    ]);
  });

  it('counts where a client predicts the answer, or fills a prompt that the provider keeps', () => {
    const said = (dialect: 'openai-chat' | 'openai-responses', body: object): string =>
      JSON.stringify(unreadMessages(dialect, body));
    expect(said('openai-chat', { prediction: { type: 'content', content: 'KEY=1' } })).toContain('KEY=1');
    expect(said('openai-responses', { prompt: { id: 'p', variables: { file: 'KEY=1' } } })).toContain('KEY=1');
  });

  it('goes through where it touches nothing that is guarded', async () => {
    const [path, body] = responses(
      { type: 'local_shell_call', call_id: 'c', action: { type: 'exec', command: ['ls'] }, status: 'completed' },
      { ...shellOutput, output: 'packages' },
    );
    expect((await stage.ask(path, { body })).status).toBe(200);
  });

  it('is bounded, however deep and long it is', () => {
    let deep: unknown = 'end';
    for (let depth = 0; depth < 5_000; depth += 1) deep = [deep];
    const body = { input: [{ type: 'odd', deep, text: 'x'.repeat(5_000_000) }] };
    const [message] = unreadMessages('openai-responses', body);
    expect(JSON.stringify(message).length).toBeLessThan(4_000_500);
  });
});

it('a request that nobody could follow is refused before anybody is asked', async () => {
  const answer = await stage.ask('/v1/responses', { body: { model: 'auto', input: 'hi', background: true } });
  expect([answer.status, stage.simulated.openai.requests.filter(({ body }) => body['background'] === true)]).toEqual([
    400,
    [],
  ]);
  expect(answer.text).toContain('Leave it out');
});

it.each([
  { previous_response_id: 'resp_1' },
  { conversation: 'conv_1' },
  { input: [{ type: 'item_reference', id: 'm' }] },
])('a conversation that another provider keeps is not continued without it: %o', async (more) => {
  stage.simulated.anthropic.forget();
  const answer = await stage.ask('/v1/responses', {
    headers: { 'x-routing-root': stage.repository.folder },
    body: { model: 'auto', input: 'go on', ...more },
  });
  // The sample's first choice speaks another dialect; the next one has kept it, and is asked.
  expect([answer.status, answer.headers['x-routing-model']]).toEqual([200, 'openai/gpt-6-sol']);
  expect(stage.simulated.anthropic.requests).toHaveLength(0);
});
