import type { OverrideUse } from '../../usage/report/usageReport.ts';
import { moment, plain } from '../figures.ts';
import { Nothing, Section } from './Section.tsx';

interface OverridesSectionProps {
  readonly overrides: readonly OverrideUse[];
  readonly timeZone?: string | undefined;
}

/** Who asked for another model than the policy's, and why. */
export function OverridesSection({ overrides, timeZone }: OverridesSectionProps) {
  return (
    <Section id="overrides" title="Overrides">
      {overrides.length === 0 ? (
        <Nothing>Nobody asked for another model than the policy's.</Nothing>
      ) : (
        <table class="plain">
          <caption class="hidden">Overrides, the newest first</caption>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Model</th>
              <th scope="col">Asked for by</th>
              <th scope="col">Reason</th>
            </tr>
          </thead>
          <tbody>
            {overrides.map(({ at, target, by, reason }) => (
              <tr key={`${at} ${target}`}>
                <th scope="row" class="when">
                  {moment(at, timeZone)}
                </th>
                <td>{plain(target)}</td>
                <td>{by === 'person' ? 'a person' : 'a client'}</td>
                <td>{reason === undefined ? '–' : plain(reason)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}
