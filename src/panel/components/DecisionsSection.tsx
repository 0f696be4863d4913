import type { DecisionLine } from '../../usage/report/usageReport.ts';
import { count, moment, plain, usd } from '../figures.ts';
import { Scroller } from './Scroller.tsx';
import { Nothing, Section } from './Section.tsx';
import { Sentence } from './Sentence.tsx';

interface DecisionsSectionProps {
  readonly decisions: readonly DecisionLine[];
  readonly timeZone?: string | undefined;
  /** Opens the whole explanation; left out where there is none to open. */
  readonly onExplain?: ((requestId: string) => void) | undefined;
}

/** The last requests: where each went, why, and what came of it. */
export function DecisionsSection({ decisions, timeZone, onExplain }: DecisionsSectionProps) {
  return (
    <Section id="decisions" title="Last decisions" wide>
      {decisions.length === 0 ? (
        <Nothing>No request has been routed in these days.</Nothing>
      ) : (
        <Scroller label="Last decisions">
          <table class="plain decisions">
            <caption class="hidden">The last {decisions.length} decisions, the newest first</caption>
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">Class of work</th>
                <th scope="col">Model</th>
                <th scope="col">Outcome</th>
                <th scope="col" class="number">
                  Cost
                </th>
                <th scope="col">Why</th>
                {onExplain !== undefined && (
                  <th scope="col">
                    <span class="hidden">Explanation</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {decisions.map((decision) => (
                <Row key={decision.requestId} decision={decision} timeZone={timeZone} onExplain={onExplain} />
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
    </Section>
  );
}

interface RowProps extends Pick<DecisionsSectionProps, 'onExplain' | 'timeZone'> {
  readonly decision: DecisionLine;
}

function Row({ decision, timeZone, onExplain }: RowProps) {
  const when = moment(decision.at, timeZone);
  return (
    <tr>
      <th scope="row" class="when">
        {when}
      </th>
      <td>
        {plain(decision.class)}
        <span class="scope"> {plain(decision.kind)}</span>
      </td>
      <td>{decision.target === undefined ? '–' : plain(decision.target)}</td>
      <td>
        {plain(decision.outcome)}
        {decision.attempts > 1 && <span class="scope"> {count(decision.attempts)} attempts</span>}
      </td>
      <td class="number">{decision.target === undefined ? '–' : usd(decision.costNanoUsd)}</td>
      <td class="why">
        <Sentence text={decision.why} />
      </td>
      {onExplain !== undefined && (
        <td>
          <button type="button" class="link" onClick={() => onExplain(decision.requestId)}>
            Explain
            <span class="hidden">
              {' '}
              the decision of {when}, {plain(decision.class)}
            </span>
          </button>
        </td>
      )}
    </tr>
  );
}
