import { compare } from '../../usage/report/grouped.ts';
import type { FigureSource } from '../figures/atomSource.ts';
import { readLatency } from '../figures/latencyFigures.ts';
import { readTaskSums } from '../figures/taskFigures.ts';
import type { TeamView } from '../figures/teamView.ts';
import { verdicts } from '../figures/wordsSql.ts';
import type { Team } from '../organisation.ts';

interface Row {
  readonly team_id: number;
  readonly class: string;
  readonly target: string;
  readonly tasks: number;
  readonly cost: number;
  readonly told: readonly number[];
}

const quantiles = [
  ['0.5', 'p50'],
  ['0.95', 'p95'],
  ['0.99', 'p99'],
] as const;

/**
 * The last four weeks by team, class and model, as Prometheus reads them (text format 0.0.4). They are gauges: what is older than
 * four weeks goes out of them.
 */
export async function metricsText(source: FigureSource, teams: readonly Team[], view: TeamView): Promise<string> {
  const [rows, latencies] = await Promise.all([
    readRows(source, view),
    readLatency(source, view, ['team', 'class', 'work', 'target']),
  ]);
  const nameOf = (id: number): string => teams.find((team) => team.id === id)?.name ?? '';
  const line = (name: string, labels: readonly (readonly [string, string])[], value: number): string =>
    `${name}{${labels.map(([label, text]) => `${label}="${escaped(text)}"`).join(',')}} ${value}`;
  const ofRow = (row: Row) =>
    [
      ['team', nameOf(row.team_id)],
      ['class', row.class],
      ['model', row.target],
    ] as const;
  const taken = rows.filter(({ tasks }) => tasks > 0);
  return [
    ...heading('routing_policy_tasks', 'Tasks of the last four weeks, by the model that they were first routed to.'),
    ...taken.map((row) => line('routing_policy_tasks', ofRow(row), row.tasks)),
    ...heading('routing_policy_task_outcomes', 'Those of them of which it is told what became.'),
    ...rows.flatMap((row) =>
      verdicts.flatMap((verdict, place) => {
        const told = row.told[place] ?? 0;
        return told > 0 ? [line('routing_policy_task_outcomes', [...ofRow(row), ['outcome', verdict]], told)] : [];
      }),
    ),
    ...heading('routing_policy_cost_usd', 'Their cost at list price, in US dollars.'),
    ...taken.map((row) => line('routing_policy_cost_usd', ofRow(row), row.cost / 1e9)),
    ...latencyHeads.flatMap(([name, of, help]) => [
      ...heading(name, help),
      ...latencies.flatMap((row) =>
        quantiles.flatMap(([quantile, key]) => {
          const ms = row[of]?.[key];
          if (ms === undefined) return [];
          const { team = 0, class: ofClass = '', work = '', target = '' } = row;
          const labels = [
            ['team', nameOf(team)],
            ['class', ofClass],
            ['model', target],
            ['work', work],
          ] as const;
          return [line(name, [...labels, ['quantile', quantile]], ms / 1_000)];
        }),
      ),
    ]),
    '',
  ].join('\n');
}

const latencyHeads = [
  ['routing_policy_latency_seconds', 'latency', 'How long calls took until the answer was whole.'],
  ['routing_policy_first_token_seconds', 'firstToken', 'How long calls took until their first token.'],
] as const;

const heading = (name: string, help: string): readonly string[] => [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`];

async function readRows(source: FigureSource, view: TeamView): Promise<readonly Row[]> {
  const sums = await readTaskSums(source, view, ['team', 'class', 'provider', 'model', 'simulated']);
  return sums
    .filter(({ simulated }) => simulated !== true)
    .map(({ team = 0, class: ofClass = '', provider = '', model = '', ...row }) => ({
      team_id: team,
      class: ofClass,
      target: [provider, model].filter((name) => name !== '').join('/'),
      tasks: row.tasks,
      cost: row.cost,
      told: verdicts.map((verdict) => row[`tasks_${verdict}`]),
    }))
    .sort((a, b) => a.team_id - b.team_id || compare(a.class, b.class) || compare(a.target, b.target));
}

/** A label's value as the format has it. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
