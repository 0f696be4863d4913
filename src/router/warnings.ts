import { layerWarning, type PolicyInForce } from './policies/inForce.ts';

/** A broken policy file, for as long as it is broken. */
function policyWarning(inForce: PolicyInForce): string | undefined {
  switch (inForce.kind) {
    case 'none':
    case 'in-force':
      return layerWarning(inForce);
    case 'last-good':
      return `The policy file has an error, so the last good version stays in force. ${inForce.problem}${alsoOf(inForce)}`;
    case 'local-only':
      return `The policy file has an error and no good version is known: only models on this machine are used. ${inForce.problem}${alsoOf(inForce)}`;
    default:
      return inForce satisfies never;
  }
}

/** What is to be said of the layers beside what is wrong with the file itself. */
function alsoOf(inForce: PolicyInForce): string {
  const more = layerWarning(inForce);
  return more === undefined ? '' : ` ${more}`;
}

/** What a person should know beside the last request, in sentences; undefined while all is well. */
export function warningOf(known: {
  readonly inForce: PolicyInForce;
  readonly recorder: string | undefined;
}): string | undefined {
  const all = [policyWarning(known.inForce), known.recorder];
  return all.filter((warning) => warning !== undefined).join(' ') || undefined;
}
