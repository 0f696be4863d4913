import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import { answer } from './testing/answers.ts';
import { policyWith, world } from './testing/world.ts';

describe('what happens to an unattested model', () => {
  const candidates = ['azure-eu/gpt-6-sol', 'bedrock-eu/claude-sonnet-5-5'];
  it.each([
    [undefined, 'bedrock-eu/claude-sonnet-5-5'],
    ['skip', 'bedrock-eu/claude-sonnet-5-5'],
    ['warn', 'azure-eu/gpt-6-sol'],
    ['block', 'blocked by attested'],
  ] as const)('onMissing %s', (onMissing, expected) => {
    const policy = policyWith({
      default: candidates,
      constraints: [{ id: 'attested', attested: true, reason: 'validated' }],
      attestations: { files: 'a/*.json', ...(onMissing === undefined ? {} : { onMissing }) },
    });
    const decision = decide(
      policy,
      { kind: 'chat' },
      world({ attestations: [{ target: 'claude-sonnet-5-5', valid: true }] }),
    );
    expect(answer(decision)).toBe(expected);
    const warned = decision.why.some(({ kind }) => kind === 'attestation-missing');
    expect(warned).toBe(onMissing === 'warn');
  });
});

describe('an attestation', () => {
  it.each<[string, string, boolean]>([
    ['its target', 'anthropic/claude-sonnet-5-5', true],
    ['its model', 'claude-sonnet-5-5', true],
    ["the catalogue's name for it", 'sonnet-in-the-catalogue', true],
    ['another', 'claude-opus-5-5', false],
  ])('counts when it names %s', (_name, target, counts) => {
    const policy = policyWith({ constraints: [{ id: 'attested', attested: true, reason: 'r' }] });
    const models = { 'anthropic/claude-sonnet-5-5': { id: 'sonnet-in-the-catalogue' } };
    const decision = decide(policy, { kind: 'chat' }, world({ models, attestations: [{ target, valid: true }] }));
    expect(decision.outcome.kind).toBe(counts ? 'routed' : 'blocked');
  });
});
