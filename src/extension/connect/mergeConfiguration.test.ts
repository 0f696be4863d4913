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

  it('renews what an earlier token or port of its own left in TOML, and nothing else', () => {
    const other = '[profiles.x]\nmodel_provider = "acme"\n\n[model_providers.acme]\nname = "y"\n';
    const first = mergeConfiguration('toml', `model = "m"\n\n${other}`, textOf('codex'));
    if (first.kind !== 'merged') throw new Error(first.kind);
    const renewed = mergeConfiguration('toml', `${first.text}\n[last]\nz = 1\n`, textOf('codex', 'cd34'));
    if (renewed.kind !== 'merged') throw new Error(renewed.kind);
    expect(renewed.text).toContain('"cd34"');
    expect(renewed.text).not.toContain('"ab12"');
    for (const kept of [other, 'model = "m"', '[last]\nz = 1\n']) expect(renewed.text).toContain(kept);
    expect(renewed.text.match(/^model_provider = /gm)).toHaveLength(2);
    expect(renewed.text.match(/^\[model_providers\.routing-policy\]/gm)).toHaveLength(1);
    expect(mergeConfiguration('toml', renewed.text, textOf('codex', 'cd34'))).toEqual({ kind: 'there-already' });
  });

  it('does not take the key of a profile for the file’s own', () => {
    const profile = '[profiles.x]\nmodel_provider = "routing-policy"\n';
    const merged = mergeConfiguration('toml', profile, textOf('codex'));
    expect(merged).toMatchObject({
      kind: 'merged',
      text: expect.stringMatching(/^model_provider = "routing-policy"\n\n\[/),
    });
  });

  it('leaves a table of ours alone that the person has added to', () => {
    const first = mergeConfiguration('toml', 'model = "m"\n', textOf('codex'));
    if (first.kind !== 'merged') throw new Error(first.kind);
    const changed = `${first.text}request_max_retries = 1\n`;
    expect(mergeConfiguration('toml', changed, textOf('codex', 'cd34'))).toEqual({
      kind: 'conflict',
      what: 'model_providers.routing-policy',
    });
  });

  it('renews its own address beside its own header after a change of port, and no other’s', () => {
    const renewed = mergeConfiguration('json', textOf('claude-code').replace('4123', '5000'), textOf('claude-code'));
    expect(renewed).toEqual({ kind: 'merged', text: textOf('claude-code') });
    const proxy = '{"env":{"ANTHROPIC_BASE_URL":"http://127.0.0.1:4000"}}';
    expect(mergeConfiguration('json', proxy, textOf('claude-code'))).toMatchObject({ kind: 'conflict' });
  });
});
