import { describe, expect, test } from 'vitest';
import { type DrillParams, type MarkdownResult, toRouter } from '../../src/contract/messages.ts';
import { ask, rootOf, samplePolicy, setStage } from '../host/routerStage.ts';

const stage = setStage();

async function drill(down?: string): Promise<string> {
  const params: DrillParams = { roots: rootOf(stage.repository.folder), ...(down === undefined ? {} : { down }) };
  const { markdown } = await stage.client.connection.sendRequest<MarkdownResult>(toRouter.drill, params);
  return markdown.replaceAll('\\', '');
}

describe('the failover drill in the editor', () => {
  test('names the suppliers of the policy in force', async () => {
    const names = await stage.client.connection.sendRequest(toRouter.drillSuppliers, {
      roots: rootOf(stage.repository.folder),
    });
    expect(names).toEqual([
      ...['anthropic', 'codestral', 'local', 'openai'],
      ...['maker:anthropic', 'maker:mistral', 'maker:openai', 'maker:routing-policy'],
    ]);
  });

  test('shows who would serve each class, by what can be reached here, and asks nobody', async () => {
    const page = await drill('anthropic');
    expect(page).toMatch(/^# Failover drill without anthropic\n/);
    expect(page).toMatch(
      /\| \*\*wide\*\* \| [^|]* \| anthropic\/claude-opus-5-5 \(simulated\) \| openai\/gpt-6.1-sol \(simulated\) \|/,
    );
    expect(page).toMatch(/\| \*\*inline\*\* \| completion \| codestral\/codestral-latest \(simulated\) \| the same \|/);
    expect(stage.simulated.anthropic.requests.length + stage.simulated.openai.requests.length).toBe(0);
  });

  test('tells a class that stops, because nobody else is listed or nobody else can be reached', async () => {
    await stage.policy({
      ...samplePolicy,
      classes: [
        { id: 'alone', when: { files: ['**/*.test.ts'] }, use: 'anthropic/claude-haiku-5-5' },
        { id: 'keyless', when: { kind: 'plan' }, use: ['anthropic/claude-opus-5-5', 'google/gemini-4-argon'] },
      ],
    });
    const page = await drill('maker:anthropic');
    expect(page).toContain('`alone` stops: no target of another supplier is listed.');
    expect(page).toMatch(/`keyless` stops: others are listed, and none of them can serve it: google\/gemini-4-argon/);
    expect(await drill()).toContain('are single points of failure');
  });

  test('ends with what suppliers were used for, where something is written down', async () => {
    expect((await ask(stage.client, 'hello').result).kind).toBe('served');
    const page = await drill();
    expect(page).toContain('## Suppliers, as used on this machine in the last 30 days');
    expect(page).toMatch(/\| \*\*anthropic\*\* \| \d+ \| \d+ % \| \$[\d.]+ \| \d+ % \| moves without it: /);
    expect(page).toMatch(/of which \$[\d.]+ simulated/);
  });

  test('says who there is where a name is nobody’s', async () => {
    expect(await drill('antropic')).toContain('Did you mean anthropic?');
  });
});
