import type { TeamTaskCell } from './taskFigures.ts';

/** Tasks of one kind; what a test does not say is alike for all. */
export function teamTasks(given: Partial<TeamTaskCell>): TeamTaskCell {
  const { tasks = 1, costNanoUsd = tasks * 1_000_000 } = given;
  return {
    team: 1,
    class: 'docs',
    work: 'change',
    surface: '1',
    target: 'anthropic/claude-sonnet-5-5',
    trial: undefined,
    arm: undefined,
    verdict: 'success',
    sizes: [tasks],
    squaredCost: costNanoUsd ** 2 / tasks,
    simulatedNanoUsd: 0,
    unpriced: 0,
    isFolded: true,
    ...given,
    tasks,
    costNanoUsd,
  };
}
