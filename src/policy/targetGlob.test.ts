import { describe, expect, it } from 'vitest';
import { cpuNow } from '../../test/host/cpuTime.ts';
import type { ResolvedTarget } from './compiled.ts';
import { hostMatcher, targetMatcher } from './targetGlob.ts';

function target(name: string): ResolvedTarget {
  const slash = name.indexOf('/');
  return { kind: 'model', target: name, provider: name.slice(0, slash), model: name.slice(slash + 1) };
}

describe('a target glob', () => {
  it.each<{ globs: string[]; name: string; maker?: string; matches: boolean }>([
    { globs: ['openai/*'], name: 'openai/gpt-6-sol', matches: true },
    { globs: ['openai/*'], name: 'openai/ft/x/y', matches: true },
    { globs: ['openai/*'], name: 'openai-eu/gpt-6-sol', matches: false },
    { globs: ['*/gpt-*'], name: 'azure-eu/gpt-6-sol', matches: true },
    { globs: ['*'], name: 'a/b/c', matches: true },
    { globs: ['a/b'], name: 'a/b', matches: true },
    { globs: ['a/b'], name: 'a/bc', matches: false },
    { globs: ['a/B'], name: 'a/b', matches: false },
    { globs: ['a*a/x'], name: 'a/x', matches: false },
    { globs: ['*sol*eu*'], name: 'p/sol-in-eu-1', matches: true },
    { globs: ['*eu*sol*'], name: 'p/sol-in-eu-1', matches: false },
    { globs: ['a/[b]'], name: 'a/b', matches: false },
    { globs: ['a/b.c'], name: 'a/bxc', matches: false },
    { globs: ['maker:anthropic'], name: 'bedrock/x', maker: 'anthropic', matches: true },
    { globs: ['maker:anthropic'], name: 'anthropic/x', maker: 'openai', matches: false },
    { globs: ['maker:anthropic'], name: 'anthropic/x', matches: false },
    { globs: ['x/y', 'maker:an*'], name: 'a/b', maker: 'anthropic', matches: true },
  ])('$globs against $name of $maker: $matches', ({ globs, name, maker, matches }) => {
    expect(targetMatcher(globs)(target(name), maker)).toBe(matches);
  });

  it('stays fast on a hostile pattern', () => {
    const started = cpuNow();
    targetMatcher(['*a'.repeat(900)])(target(`p/${'a'.repeat(5_000)}b`), undefined);
    expect(cpuNow() - started).toBeLessThan(200);
  });
});

describe('a host glob', () => {
  it.each([
    ['*.acme.com', 'eu.acme.com', true],
    ['*.acme.com', 'EU.Acme.com', true],
    ['*.acme.com', 'acme.com', false],
    ['*.acme.com', 'eu.acme.com.evil.net', false],
    ['api.openai.com', 'api-openai.com', false],
    ['127.0.0.1', '127.0.0.1', true],
  ])('%s against %s: %s', (glob, host, matches) => {
    expect(hostMatcher([glob])(host)).toBe(matches);
  });
});
