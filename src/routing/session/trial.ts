import type { CompiledTrial } from '../../policy/compiled.ts';

/** Which arm of a trial a task is on. */
export type TrialArm = 'trial' | 'control';

const STEPS = 1_000_000;

/**
 * The arm of a task, the same for all its requests and on every machine: a share of all tasks by a hash of the trial's
 * and the task's ids (FNV-1a, 32 bits, finished with the mixer of MurmurHash3 so that near ids do not stay together).
 */
export function armOf({ id, share }: Pick<CompiledTrial, 'id' | 'share'>, taskId: string): TrialArm {
  return (hash(`${id}\n${taskId}`) % STEPS) / STEPS < share / 100 ? 'trial' : 'control';
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
