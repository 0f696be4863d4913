import type { ModelRecord } from '../../models/model.ts';
import type { CompiledPolicy } from '../../policy/compiled.ts';
import { type Finding, listWords, quote } from '../../policy/finding.ts';
import { attestationProblem } from '../attestation.ts';
import type { Attestation } from '../state.ts';
import { standingConstraints, usedChains } from './targetsLeft.ts';

export interface AttestationFacts {
  readonly attestations: readonly Attestation[];
  /** The layer by whose terms they have to be valid; left out: whichever. */
  readonly layer?: string;
  model(provider: string, model: string): ModelRecord | undefined;
}

const CONSEQUENCE = {
  skip: 'so it is passed over',
  warn: 'and it is used all the same, with a warning',
  block: 'so this work is refused',
} as const;

/** First choices without a valid attestation, in a policy that always asks for one. */
export function unattestedDefaults(policy: CompiledPolicy, facts: AttestationFacts): readonly Finding[] {
  const asking = standingConstraints(policy).find(({ source }) => source.attested === true);
  if (asking === undefined) return [];
  const consequence = CONSEQUENCE[policy.source.attestations?.onMissing ?? 'skip'];
  return usedChains(policy).flatMap(({ chain, path, classes }): readonly Finding[] => {
    const [target] = chain;
    if (target?.kind !== 'model') return [];
    const model = facts.model(target.provider, target.model);
    const terms = facts.layer === undefined ? {} : { by: facts.layer };
    const problem = attestationProblem({ target, model }, facts, terms);
    if (problem === undefined) return [];
    return [
      {
        code: 'unattested',
        severity: 'warning',
        message: `${quote(target.target)}, the first choice of ${listWords(classes, 4).replace(' or ', ' and ')}, has no valid attestation (${problem}), ${consequence} by ${quote(asking.id)}. Attest it, or put an attested target first.`,
        path,
        witness: { by: [target.target] },
      },
    ];
  });
}
