import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { agents, endAll, interrupt, type Running, startByExec, startDirectly } from './agents.ts';
import { mark } from './cells.ts';
import { installClients } from './install.ts';
import { type ClientStage, REASON, startClientStage, TARGETS } from './stage.ts';

/** The last words of a simulated answer: who shows them has heard it all. */
const END = 'it shows where the request went';
const EDIT = 'Create notes.txt with “hello-from-client”';
const CUT_AFTER = 12;
/** How long a client may go on trying before it is asked no more, in milliseconds. */
const PATIENCE_MS = 45_000;
/** The same after an answer that was cut, which some ask for again without end. */
const CUT_PATIENCE_MS = 20_000;

let stage: ClientStage;
let running: Running | undefined;
beforeAll(async () => {
  await installClients();
  stage = await startClientStage();
}, 900_000);
afterEach(() => {
  if (running !== undefined) endAll(running);
});
afterAll(() => stage?.stop(), 30_000);

const settled = (): Promise<unknown> =>
  expect.poll(() => stage.billedInLedger(), { timeout: 5_000 }).toEqual(stage.billedUpstream());

/** Runs to its end, or to the end of our patience. */
async function finish(
  one: Running,
  patienceMs = PATIENCE_MS,
): Promise<{ readonly code: number | null; readonly late: boolean }> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    endAll(one);
  }, patienceMs);
  const { code } = await one.ended;
  clearTimeout(timer);
  return { code, late };
}

describe.each(agents)('$id', (agent) => {
  describe.each(TARGETS)('on %s', (target) => {
    const model = target.slice(target.indexOf('/') + 1);

    it('answers, and what it cost is what was billed', async (context) => {
      mark(context, agent.id, target, ['text']);
      await stage.begin({ target });
      running = await startByExec(stage, agent, { task: 'say hi' });
      const { code } = await finish(running);
      expect(running.output()).toContain(`Simulated answer from ${model}.`);
      expect(running.output()).toContain(END);
      expect(code, running.output()).toBe(0);
      await settled();
    });

    it('edits a file in a loop of tools, and what it cost is what was billed', async (context) => {
      const note = mark(context, agent.id, target, ['edit', 'usage']);
      await stage.begin({ target });
      running = await startByExec(stage, agent, { task: EDIT });
      const { code } = await finish(running);
      const text = await readFile(join(stage.repository.folder, 'notes.txt'), 'utf8').catch(() => running?.output());
      expect(text?.trim()).toBe('hello-from-client');
      expect(code, running.output()).toBe(0);
      expect(stage.asked().length).toBeGreaterThan(1);
      await settled();
      const { input, cacheRead, cacheWrite, output } = stage.billedUpstream();
      note(`${stage.asked().length} requests, ${input + cacheRead + cacheWrite} tokens in, ${output} out`);
    });

    it('shows why the policy refuses it, soon', async (context) => {
      const note = mark(context, agent.id, target, ['refusal']);
      await stage.begin({ target, refuses: true });
      running = await startByExec(stage, agent, { task: 'say hi' });
      const ended = finish(running);
      await expect.poll(() => running?.output(), { timeout: PATIENCE_MS, interval: 50 }).toContain(REASON);
      const shownAt = Date.now();
      const refusedAt = Number((stage.rows()[0] as unknown as { readonly at: number }).at);
      const { code } = await ended;
      expect(shownAt - refusedAt).toBeLessThan(10_000);
      expect(stage.asked()).toEqual([]);
      note(
        `shown after ${((shownAt - refusedAt) / 1000).toFixed(1)} s, ${stage.rows().length} asked, exit code ${code}`,
      );
    });

    // A machine that is busy with other things hears of it late: what is late three times in a row is so by itself.
    it('stops the provider when it is stopped', { retry: 2 }, async (context) => {
      const note = mark(context, agent.id, target, ['abort']);
      await stage.begin({ target });
      stage.behave({ kind: 'slow', perDeltaMs: 150 });
      running = await startDirectly(stage, agent, { task: 'say hi' });
      await expect
        .poll(() => stage.asked().some(({ deltasSent }) => deltasSent > 2), { timeout: 30_000, interval: 10 })
        .toBe(true);
      const at = Date.now();
      interrupt(running);
      await expect
        .poll(() => stage.asked().filter(({ status, endedAfterMs }) => status === 200 && endedAfterMs === undefined), {
          timeout: 10_000,
          interval: 5,
        })
        .toEqual([]);
      const afterMs = Date.now() - at;
      endAll(running);
      note(`${afterMs} ms after Ctrl-C`);
      expect(stage.asked().some(({ aborted }) => aborted !== undefined)).toBe(true);
      expect(afterMs).toBeLessThan(250);
    });

    it('takes no answer that was cut off for a whole one', async (context) => {
      const note = mark(context, agent.id, target, ['cut']);
      await stage.begin({ target });
      stage.behave({ kind: 'cut', afterDeltas: CUT_AFTER });
      running = await startByExec(stage, agent, { task: 'say hi' });
      await expect.poll(() => stage.asked(), { timeout: PATIENCE_MS, interval: 50 }).not.toEqual([]);
      const { code, late } = await finish(running, CUT_PATIENCE_MS);
      const output = running.output();
      const complaint =
        /[^\n]*\b(?:error|cut off|broke|terminated|disconnected|incomplete|closed|failed)\b[^\n]*/i.exec(output)?.[0];
      note(
        `${stage.asked().length} requests, ${late ? 'still trying at the end' : `exit code ${code}`}, “${(complaint ?? 'no word').trim().slice(0, 120)}”`,
      );
      expect(output).not.toContain(END);
      expect(code !== 0 || complaint !== undefined, output).toBe(true);
      // What a client asks beside the task may be short enough to be whole before the cut.
      const whole = stage.asked().filter(({ deltasSent }) => deltasSent < CUT_AFTER);
      expect(stage.rows().filter(({ outcome }) => outcome === 'served').length).toBeLessThanOrEqual(whole.length);
    });
  });

  it('keeps a login of its own, which reaches its maker and nobody else', async (context) => {
    const target = `own-${agent.home}`;
    const own = agent.login?.model?.startsWith('anthropic') ? 'own-anthropic/claude-sonnet-5-5' : target;
    mark(context, agent.id, agent.home, ['login']);
    const { login } = agent;
    if (login === undefined) {
      context.skip('its own login, if any, is for its maker’s service and is not sent to a provider of one’s own');
      return;
    }
    await stage.begin({ target: own });
    running = await startByExec(stage, agent, { task: 'say hi', model: login.model, env: login.env });
    await finish(running);
    expect(running.output()).toContain('Simulated answer');
    expect(stage.asked().map(({ headers }) => headers[login.sent.header])).toContain(login.sent.value);
    expect(JSON.stringify(stage.asked().map(({ headers }) => headers))).not.toContain(stage.token);
  });
});
