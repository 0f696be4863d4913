import { describe, expect, it } from 'vitest';
import { clients } from '../../contract/clients/clients.ts';
import { mergeConfiguration } from './mergeConfiguration.ts';

const access = { url: 'http://127.0.0.1:4123', token: 'ab12', folder: '/state/clients' };
const textOf = (id: string, token = access.token): string =>
  clients.find((client) => client.id === id)?.configuration.text({ ...access, token }) ?? '';

describe('what a client needs, added to its file', () => {
  it('makes a file where there is none', () => {
    expect(mergeConfiguration('json', undefined, '{ "a": 1 }')).toEqual({ kind: 'merged', text: '{ "a": 1 }\n' });
  });

  it('keeps all that a JSON file has, with its comments', () => {
    const present = '{\n  // mine\n  "model": "opus",\n  "env": { "FOO": "1" }\n}\n';
    const merged = mergeConfiguration('json', present, textOf('claude-code'));
    if (merged.kind !== 'merged') throw new Error(merged.kind);
    expect(merged.text).toContain('// mine');
    expect(JSON.parse(merged.text.replace('// mine', ''))).toEqual({
      model: 'opus',
      env: {
        FOO: '1',
        ANTHROPIC_BASE_URL: 'http://127.0.0.1:4123',
        ANTHROPIC_CUSTOM_HEADERS: 'x-routing-token: ab12',
      },
    });
  });

  it('says so where all is there, and renews a token of its own', () => {
    const present = textOf('claude-code');
    expect(mergeConfiguration('json', present, textOf('claude-code'))).toEqual({ kind: 'there-already' });
    expect(mergeConfiguration('json', present, textOf('claude-code', 'cd34'))).toEqual({
      kind: 'merged',
      text: textOf('claude-code', 'cd34'),
    });
  });

  it.each([
    [
      'another base URL',
      'json',
      '{"env":{"ANTHROPIC_BASE_URL":"https://gateway.acme.example"}}',
      'claude-code',
      'env.ANTHROPIC_BASE_URL',
    ],
    ['a text that is no JSON', 'json', '{"env": ', 'claude-code', 'the file, which is no JSON object'],
    ['another provider in TOML', 'toml', 'model_provider = "acme"\n', 'codex', 'model_provider'],
    [
      'a table of that name in TOML',
      'toml',
      '[model_providers.routing-policy]\nname = "x"\n',
      'codex',
      'model_providers.routing-policy',
    ],
  ] as const)('changes nothing of the person’s: %s', (_what, language, present, id, what) => {
    expect(mergeConfiguration(language, present, textOf(id))).toEqual({ kind: 'conflict', what });
  });

  it('puts TOML’s keys before the first table, and its table at the end', () => {
    const present = 'model = "gpt-6-sol"\n\n[features]\nx = true\n';
    const merged = mergeConfiguration('toml', present, textOf('codex'));
    if (merged.kind !== 'merged') throw new Error(merged.kind);
    const places = ['model_provider = ', 'model = "gpt-6-sol"', '[features]', '[model_providers.routing-policy]'];
    const found = places.map((text) => merged.text.indexOf(text));
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect(mergeConfiguration('toml', merged.text, textOf('codex'))).toEqual({ kind: 'there-already' });
  });
});
