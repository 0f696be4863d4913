import type { FallbackCount, RefusalCount } from '../../usage/report/usageReport.ts';
import { count, plain } from '../figures.ts';
import { Nothing, Section } from './Section.tsx';

interface TroubleSectionProps {
  readonly fallbacks: readonly FallbackCount[];
  readonly refusals: readonly RefusalCount[];
}

const refusalNames: Readonly<Record<RefusalCount['outcome'], string>> = {
  blocked: 'blocked',
  unserved: 'nobody could serve it',
};

/** Where a request had to go elsewhere, and where it went nowhere. */
export function TroubleSection({ fallbacks, refusals }: TroubleSectionProps) {
  return (
    <Section id="trouble" title="Fallbacks and refusals">
      {fallbacks.length + refusals.length === 0 && <Nothing>Every request was served by its first choice.</Nothing>}
      {fallbacks.length > 0 && (
        <table class="plain">
          <caption>Fallbacks</caption>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col">Because</th>
              <th scope="col" class="number">
                Times
              </th>
            </tr>
          </thead>
          <tbody>
            {fallbacks.map(({ from, to, failure, count: times }) => (
              <tr key={`${from} ${to} ${failure ?? ''}`}>
                <th scope="row">{plain(from)}</th>
                <td>{plain(to)}</td>
                <td>{failure === undefined ? 'not known' : plain(failure)}</td>
                <td class="number">{count(times)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {refusals.length > 0 && (
        <table class="plain">
          <caption>Refusals</caption>
          <thead>
            <tr>
              <th scope="col">Rule</th>
              <th scope="col">What became of it</th>
              <th scope="col" class="number">
                Times
              </th>
            </tr>
          </thead>
          <tbody>
            {refusals.map(({ rule, outcome, count: times }) => (
              <tr key={`${rule} ${outcome}`}>
                <th scope="row">{plain(rule)}</th>
                <td>{refusalNames[outcome] ?? plain(outcome)}</td>
                <td class="number">{count(times)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}
