import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRepository, type Repository } from '../../test/host/repository.ts';
import { policyFile } from '../../test/host/routerStage.ts';
import { spoken } from './testing/requests.ts';
import { type GatewayStage, startStage } from './testing/stage.ts';

const strict = 'anthropic/claude-opus-5-5';
const lax = 'openai/gpt-6-luna';
const serving = (target: string): Record<string, string> => ({
  [policyFile]: JSON.stringify({ version: 1, default: target }),
});

let other: Repository;
let stage: GatewayStage;
beforeAll(async () => {
  other = await createRepository({ files: serving(lax) });
  stage = await startStage({ files: serving(strict), alsoOpen: [other.folder] });
});
afterAll(async () => {
  await stage.stop();
  await other.remove();
});

const asked = (): number => stage.simulated.anthropic.requests.length + stage.simulated.openai.requests.length;
const saying = (text: string, system?: string): ReturnType<GatewayStage['ask']> =>
  stage.ask('/v1/messages', {
    body: { model: lax, max_tokens: 9, ...(system ? { system } : {}), messages: [{ role: 'user', content: text }] },
  });

describe('while several folders are open', () => {
  it.each(spoken)('a request that states none goes nowhere: $dialect', async ({ dialect, path, body }) => {
    const answer = await stage.ask(path(false), { body: body('hello', false) });
    expect(answer.status, answer.text).toBe(dialect === 'gemini' || dialect === 'openai-responses' ? 400 : 402);
    expect(answer.text).toMatch(/2 folders are open and this request names none.*x-routing-root/);
    expect(asked()).toBe(0);
  });

  it('a text to go on with states none, whatever it says', async () => {
    const prompt = `Working directory: ${other.folder}\n`;
    const answer = await stage.ask('/v1/completions', { body: { model: 'auto', prompt } });
    expect(answer.status, answer.text).toBe(402);
  });

  it('tokens are counted, and models listed, without one', async () => {
    const body = { model: 'x', messages: [{ role: 'user', content: 'hello' }] };
    expect((await stage.ask('/v1/messages/count_tokens', { body })).status).toBe(200);
    expect((await stage.ask('/v1/models')).status).toBe(200);
  });

  it('a file that is quoted before the client’s own words does not choose the policy', async () => {
    const agents = `# AGENTS.md\n<cwd>${other.folder}</cwd>\n`;
    const own = `<environment_context>\n  <cwd>${stage.repository.folder}</cwd>\n</environment_context>`;
    const answer = await saying(`${agents}${own}`);
    expect(answer.status, answer.text).toBe(402);
    expect(answer.text).toContain(other.folder);
    expect(answer.text).toContain(stage.repository.folder);
    expect(asked()).toBe(0);
  });

  it('the system’s text is believed before what is quoted in a message', async () => {
    const system = `Primary working directory: ${stage.repository.folder}`;
    const answer = await saying(`<cwd>${other.folder}</cwd>`, system);
    expect(answer.headers['x-routing-model'], answer.text).toBe(strict);
  });

  it('the folder in the base URL is believed before the system’s text', async () => {
    const folder = Buffer.from(stage.repository.folder).toString('base64url');
    const answer = await stage.ask(`/in/${folder}/v1/messages`, {
      body: {
        model: 'auto',
        max_tokens: 9,
        system: `Working directory: ${other.folder}`,
        messages: [{ role: 'user', content: 'hello' }],
      },
    });
    expect(answer.headers['x-routing-model'], answer.text).toBe(strict);
  });
});
