import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMemo } from '../../policy/analysis/memo.ts';
import { repositoryFiles } from '../../policy/analysis/repositoryFiles.ts';
import { compilePolicy } from '../../policy/compile.ts';
import { analysisCodes, type Diagnostic, type DiagnosticCode } from '../../policy/diagnostic.ts';
import { toDiagnostics } from '../../policy/finding.ts';
import { parsePolicy } from '../../policy/parse.ts';
import { regulated, smallest, team } from '../testing/policies.ts';
import { type AnalysisWorld, analysePolicy } from './analyse.ts';
import { FIXTURE_FILES, fixtureWorld } from './testing/ground.ts';

const fixtures = join(import.meta.dirname, 'fixtures');
const presets = join(import.meta.dirname, '..', '..', '..', 'policies');
const names = readdirSync(fixtures)
  .filter((file) => file.endsWith('.jsonc'))
  .map((file) => file.replace('.jsonc', ''));

function analyse(text: string, name = '', more: AnalysisWorld = {}): readonly Diagnostic[] {
  const { policy, document, diagnostics } = parsePolicy(text);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const compiled = compilePolicy(policy!, 'hash');
  return toDiagnostics(document, analysePolicy(compiled, { ...fixtureWorld(name, compiled), ...more }, createMemo()));
}

describe('every code', () => {
  it('has a fixture of its name', () => {
    expect(names.toSorted()).toEqual(Object.keys(analysisCodes).toSorted());
  });

  it('is found where it should be, with these words, and no other beside it', async () => {
    const golden = names.map((name) => {
      const text = readFileSync(join(fixtures, `${name}.jsonc`), 'utf8');
      const found = analyse(text, name);
      expect(new Set(found.map(({ code }) => code))).toEqual(new Set([name as DiagnosticCode]));
      const rows = found.map(({ severity, message, range, fix, witness, path }) => ({
        severity,
        at: `${range.line}:${range.column}`,
        text: text.slice(range.start, range.end),
        path,
        message,
        ...(fix === undefined ? {} : { fix: fix.replacement }),
        witness,
      }));
      return [name, rows];
    });
    const written = `${JSON.stringify(Object.fromEntries(golden), undefined, 2)}\n`;
    await expect(written).toMatchFileSnapshot(join(fixtures, 'golden.json'));
  });

  it('offers fixes after which it is gone', () => {
    let mended = 0;
    for (const name of names) {
      const text = readFileSync(join(fixtures, `${name}.jsonc`), 'utf8');
      for (const { range, fix, path } of analyse(text, name)) {
        if (fix === undefined) continue;
        const changed = text.slice(0, range.start) + fix.replacement + text.slice(range.end);
        const left = analyse(changed, name).filter(({ code }) => code === name);
        expect(left.map((found) => found.path)).not.toContainEqual(path);
        mended += 1;
      }
    }
    expect(mended).toBeGreaterThan(10);
  });
});

describe('sound policies', () => {
  const written = readdirSync(presets).map((file) => [file, readFileSync(join(presets, file), 'utf8')] as const);
  const examples = Object.entries({ smallest, team, regulated }).map(
    ([name, policy]) => [name, JSON.stringify(policy)] as const,
  );

  it.each([...written, ...examples])('%s gives no false alarm', (_, text) => {
    const attested = { model: () => undefined, attestations: attestEverything(text) };
    const found = analyse(text, '', { attested, files: repositoryFiles([]) });
    expect(found.map(({ code, message }) => [code, message])).toEqual([]);
  });

  it.each([...written, ...examples])('%s gives no warning in a repository that it was not written for', (_, text) => {
    const attested = { model: () => undefined, attestations: attestEverything(text) };
    const found = analyse(text, '', { attested, files: repositoryFiles(FIXTURE_FILES) });
    expect(
      found.filter(({ severity }) => severity !== 'information').map(({ code, message }) => [code, message]),
    ).toEqual([]);
  });

  it("the team's classes, one moved up before those that it covers", () => {
    const order = ['inline', 'utility', 'architecture', 'module-work', 'tests', 'docs', 'chores', 'routine'];
    const classes = order.map((id) => team.classes.find((work) => work.id === id));
    const found = analyse(JSON.stringify({ ...team, classes, tests: [] }), '', { files: repositoryFiles([]) });
    expect(
      found.filter(({ code }) => code === 'unreachable-class').map(({ path, witness }) => [path[1], witness?.by]),
    ).toEqual([4, 5, 6, 7].map((index) => [index, ['module-work']]));
  });
});

/** Every target that a policy names, attested. */
function attestEverything(text: string): NonNullable<AnalysisWorld['attested']>['attestations'] {
  return [...text.matchAll(/"([a-z][a-z-]*\/[^"*]+)"/g)].map(([, target = '']) => ({ target, valid: true }));
}
