import type { Run } from './command.ts';

/**
 * The code of the commands that read policies: a bundle of its own. What a gateway starts with shall not wait for it, nor the
 * team's server carry it.
 */
export const programs = {
  init: async () => (await import('./init.ts')).runInit,
  check: async () => (await import('./check.ts')).runCheck,
  explain: async () => (await import('./explain.ts')).runExplain,
  test: async () => (await import('./policyTests.ts')).runPolicyTestsCommand,
  simulate: async () => (await import('./simulate.ts')).runSimulate,
  diff: async () => (await import('./diff.ts')).runDiff,
  gate: async () => (await import('./gate.ts')).runGate,
  drill: async () => (await import('./drill.ts')).runDrill,
  usage: async () => (await import('./usage.ts')).runUsage,
  exec: async () => (await import('./exec.ts')).runExec,
} satisfies Readonly<Record<string, () => Promise<Run>>>;
