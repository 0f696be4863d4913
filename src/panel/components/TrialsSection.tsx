import type { TrialUse } from '../../usage/report/usageReport.ts';
import { count, percentRange, plain, usdRange } from '../figures.ts';
import { workNames } from '../heatCell.ts';
import { Nothing, Section } from './Section.tsx';

/** The two arms of each trial beside each other. */
export function TrialsSection({ trials }: { readonly trials: readonly TrialUse[] }) {
  return (
    <Section id="trials" title="Trials">
      {trials.length === 0 && <Nothing>The policy here tries nothing out.</Nothing>}
      {trials.map((trial) => (
        <table class="plain" key={`${trial.id} ${trial.class} ${trial.work ?? ''}`}>
          <caption>
            {plain(trial.id)}{' '}
            <span class="scope">
              on {plain(trial.class)}
              {trial.work !== undefined && `, ${workNames[trial.work]}`}
            </span>
          </caption>
          <thead>
            <tr>
              <td />
              {trial.arms.map(({ arm }) => (
                <th scope="col" key={arm}>
                  {plain(arm)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, wordsOf]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {trial.arms.map((arm) => (
                  <td key={arm.arm}>{wordsOf(arm)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      ))}
    </Section>
  );
}

type Arm = TrialUse['arms'][number];

const confidences: Readonly<Record<Arm['cell']['confidence'], string>> = {
  few: ', too few',
  low: ', low confidence',
  enough: '',
};

const rows: readonly (readonly [string, (arm: Arm) => string])[] = [
  ['Models', ({ targets }) => targets.map(plain).join(', ')],
  ['A successful task', ({ cell: { costPerSuccessNanoUsd: cost } }) => (cost === undefined ? '–' : usdRange(cost))],
  ['by chance alone', ({ cell: { costInterval } }) => (costInterval === undefined ? '–' : usdRange(costInterval))],
  ['Pass rate', ({ cell: { passRate } }) => (passRate === undefined ? '–' : percentRange(passRate))],
  ['by chance alone', ({ cell: { passInterval } }) => (passInterval === undefined ? '–' : percentRange(passInterval))],
  ['Tasks judged', ({ cell: { judged, confidence } }) => `${count(judged)}${confidences[confidence]}`],
];
