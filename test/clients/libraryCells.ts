import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mark } from './cells.ts';
import type { Library } from './libraries.ts';
import { type ClientStage, REASON, startClientStage, TARGETS } from './stage.ts';

const END = 'it shows where the request went';

/** To be called once at the top of a file of tests: every cell of these libraries on a model of each dialect. */
export function testLibraries(libraries: readonly Library[]): void {
  let stage: ClientStage;
  beforeAll(async () => {
    stage = await startClientStage();
  }, 60_000);
  afterAll(() => stage?.stop(), 30_000);

  const ask = ({ ask: say }: Library, task: string, signal = AbortSignal.timeout(60_000)): Promise<string> =>
    say({
      url: stage.url,
      token: stage.token,
      task,
      signal,
      write: (path, content) => writeFile(join(stage.repository.folder, path), content),
    });
  const faultOf = (work: Promise<string>): Promise<string> =>
    work.then(
      (text) => `no fault, but: ${text}`,
      (error: unknown) => `${error instanceof Error ? `${error.name}: ${error.message}` : JSON.stringify(error)}`,
    );
  const settled = (): Promise<unknown> =>
    expect.poll(() => stage.billedInLedger(), { timeout: 5_000 }).toEqual(stage.billedUpstream());

  describe.each(libraries)('$id', (library) => {
    describe.each(TARGETS)('on %s', (target) => {
      it('answers', async (context) => {
        mark(context, library.id, target, ['text']);
        await stage.begin({ target });
        expect(await ask(library, 'say hi')).toContain(END);
        await settled();
      });

      it('edits a file in a loop of tools, and what it cost is what was billed', async (context) => {
        const note = mark(context, library.id, target, ['edit', 'usage']);
        await stage.begin({ target });
        expect(await ask(library, 'Create notes.txt with “hello-from-client”')).toContain('Created notes.txt');
        expect(await readFile(join(stage.repository.folder, 'notes.txt'), 'utf8')).toBe('hello-from-client\n');
        await settled();
        const { input, output } = stage.billedUpstream();
        note(`${stage.asked().length} requests, ${input} tokens in, ${output} out`);
      });

      it('is told why the policy refuses it, at once', async (context) => {
        mark(context, library.id, target, ['refusal']);
        await stage.begin({ target, refuses: true });
        const at = performance.now();
        expect(await faultOf(ask(library, 'say hi'))).toContain(REASON);
        expect(performance.now() - at).toBeLessThan(10_000);
        expect(stage.rows()).toHaveLength(1);
      });

      // A machine that is busy with other things hears of it late: what is late three times in a row is so by itself.
      it('stops the provider when it is aborted', { retry: 2 }, async (context) => {
        const note = mark(context, library.id, target, ['abort']);
        await stage.begin({ target });
        stage.behave({ kind: 'slow', perDeltaMs: 150 });
        const abort = new AbortController();
        const ended = faultOf(ask(library, 'say hi', abort.signal));
        await expect.poll(() => stage.asked()[0]?.deltasSent, { timeout: 20_000, interval: 5 }).toBeGreaterThan(2);
        const at = Date.now();
        abort.abort();
        await expect.poll(() => stage.asked()[0]?.aborted, { timeout: 5_000, interval: 5 }).toBeDefined();
        note(`${Date.now() - at} ms after the abort`);
        expect(Date.now() - at).toBeLessThan(250);
        expect(await ended).toMatch(/abort/i);
      });

      it('takes no answer that was cut off for a whole one', async (context) => {
        const note = mark(context, library.id, target, ['cut']);
        await stage.begin({ target });
        stage.behave({ kind: 'cut', afterDeltas: 12 });
        const fault = await faultOf(ask(library, 'say hi'));
        note(`${stage.asked().length} requests, ${fault.slice(0, 120)}`);
        expect(fault).toMatch(/cut off/);
        expect(stage.rows().map(({ outcome }) => outcome)).not.toContain('served');
      });
    });
  });
}
