import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { providerEntries } from '../../scripts/reference/providerEntries.ts';
import { ROOT } from '../../scripts/steps.ts';
import { tabulate } from '../../src/providers/table.ts';
import { wellKnownProviders } from '../../src/providers/wellKnown.ts';

describe('docs/providers.md', () => {
  it('has a section for each provider of the built-in table', () => {
    const told = providerEntries.map(({ wellKnown }) => wellKnown).filter((name) => name !== undefined);
    expect(told.toSorted()).toEqual(Object.keys(wellKnownProviders).toSorted());
  });

  it.each(providerEntries)('shows a configuration of $title that holds', ({ example }) => {
    const { rows, problems } = tabulate(example);
    expect(problems).toEqual([]);
    for (const id of Object.keys(example)) expect(rows.get(id)?.configured).toBe(true);
  });

  it('says of no provider that it was tested against the real service', () => {
    const page = readFileSync(join(ROOT, 'docs', 'providers.md'), 'utf8');
    const said = [...page.matchAll(/^\*\*Tested\*\* against the real service: (\w+)/gm)].map(([, what]) => what);
    expect(said).toHaveLength(providerEntries.length);
    expect(new Set(said)).toEqual(new Set(['nothing']));
  });
});

describe('adding a provider as CONTRIBUTING says', () => {
  const guide = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
  const recipe = guide.slice(guide.indexOf('**Add a provider**'), guide.indexOf('**Add a wire**'));
  const snippets = [...recipe.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, text = '']) => text.replaceAll(/^ {3}/gm, ''));
  mkdirSync(join(ROOT, 'test-results'), { recursive: true });
  // Beside the real source, so that its packages are found.
  const copy = mkdtempSync(join(ROOT, 'test-results', 'new-provider-'));
  afterAll(() => rmSync(copy, { recursive: true }));

  it('takes five steps in files that exist', () => {
    expect(recipe.match(/^\d\. /gm)).toEqual(['1. ', '2. ', '3. ', '4. ', '5. ']);
    const files = [...recipe.matchAll(/`((?:src|scripts|docs)\/[^`]+)`/g)].map(([, file = '']) => file);
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('makes one that is asked in its own way', () => {
    const [row = '', file = ''] = snippets;
    cpSync(join(ROOT, 'src'), join(copy, 'src'), { recursive: true });
    const edit = (path: string, from: RegExp, to: string): void => {
      const text = readFileSync(join(copy, path), 'utf8');
      expect(text).toMatch(from);
      writeFileSync(join(copy, path), text.replace(from, to));
    };
    const name = /^(\w+):/.exec(row)?.[1] ?? '';
    const quirks = readFileSync(join(copy, 'src/providers/quirks.ts'), 'utf8');
    // Somebody may have added this very provider.
    if (wellKnownProviders[name] === undefined)
      edit('src/providers/wellKnown.ts', /^(?= {2}\w+: hosted\()/m, `  ${row.trim()}\n`);
    writeFileSync(join(copy, `src/providers/${name}.ts`), file);
    if (!quirks.includes(`./${name}.ts`)) {
      edit('src/providers/quirks.ts', /(?<=^const quirks: .*= \[)/m, `${name}, `);
      edit('src/providers/quirks.ts', /^/, `import { ${name} } from './${name}.ts';\n`);
    }

    const script = join(copy, 'ask.ts');
    writeFileSync(
      script,
      `import { createProviders } from './src/providers/registry.ts';
const sent = [];
const send = async (request) => {
  sent.push({ url: request.url.href, authorization: request.headers.authorization, body: String(request.body) });
  const pieces = [new TextEncoder().encode('data: [DONE]\\n\\n')];
  return { status: 200, headers: { 'content-type': 'text/event-stream' }, read: async () => pieces.shift(), stop() {} };
};
const network = { send, fetch: () => Promise.reject(new Error('not expected')) };
const provider = createProviders({}, { env: { GROQ_API_KEY: 'k' }, network }).get('${name}');
const request = { operation: 'answer', model: 'm', body: Buffer.from('{"model":"m","logprobs":true}'), stream: true, headers: {}, search: '' };
const { bytes } = await provider.forward.send(request, { deadlineMs: 1000, signal: new AbortController().signal });
for await (const _piece of bytes);
console.log(JSON.stringify({ usable: provider.facts().usable, sent }));
`,
    );
    const ran = spawnSync(process.execPath, ['--no-warnings', script], { encoding: 'utf8', timeout: 55_000 });
    expect(ran.stderr).toBe('');
    expect(JSON.parse(ran.stdout)).toEqual({
      usable: true,
      sent: [
        {
          url: 'https://api.groq.com/openai/v1/chat/completions',
          authorization: 'Bearer k',
          body: '{"model":"m"}',
        },
      ],
    });
  });
});
