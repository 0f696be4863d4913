import { Nothing, Section } from '../../../panel/components/Section.tsx';
import { TroubleSection } from '../../../panel/components/TroubleSection.tsx';
import { count, plain } from '../../../panel/figures.ts';
import { type FailureCount, type OverrideCount, readTrouble } from '../../figures/trouble.ts';
import type { PageRequest } from '../usagePages.ts';

/** What did not go straight. */
export async function troublePage({ world, view }: PageRequest) {
  const { fallbacks, refusals, failures, overrides } = await readTrouble(world.source, view);
  const told = (name: string): string => (name === '' ? 'several' : name);
  return (
    <div class="sections">
      <div>
        <TroubleSection
          fallbacks={fallbacks.map((one) => ({ ...one, from: told(one.from), to: told(one.to) }))}
          refusals={refusals.map((one) => ({ ...one, rule: told(one.rule) }))}
        />
        {view.label !== undefined && <p class="told">Of all labels: labels are not known of these.</p>}
      </div>
      <Failures failures={failures} />
      <Overrides overrides={overrides} />
    </div>
  );
}

function Failures({ failures }: { readonly failures: readonly FailureCount[] }) {
  return (
    <Section id="failures" title="Failed calls, by reason">
      {failures.length === 0 ? (
        <Nothing>No failure that can be told.</Nothing>
      ) : (
        <table class="plain">
          <caption class="hidden">Failed calls by model and reason</caption>
          <thead>
            <tr>
              <th scope="col">Reason</th>
              <th scope="col">Model</th>
              <th scope="col" class="number">
                Times
              </th>
            </tr>
          </thead>
          <tbody>
            {failures.map(({ target, failure, times }) => (
              <tr key={`${target} ${failure}`}>
                <th scope="row">{plain(failure)}</th>
                <td>{target === '' ? 'several' : plain(target)}</td>
                <td class="number">{count(times)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function Overrides({ overrides }: { readonly overrides: readonly OverrideCount[] }) {
  const note =
    'Calls of a model that somebody asked for instead of the policy’s own choice. Their reasons stay on their machines.';
  return (
    <Section id="overrides" title="Overrides" note={note} wide>
      {overrides.length === 0 ? (
        <Nothing>No override that can be told.</Nothing>
      ) : (
        <table class="plain">
          <caption class="hidden">Overrides by who asked, class and model</caption>
          <thead>
            <tr>
              <th scope="col">Asked for by</th>
              <th scope="col">Class of work</th>
              <th scope="col">Model</th>
              <th scope="col" class="number">
                Times
              </th>
            </tr>
          </thead>
          <tbody>
            {overrides.map(({ by, class: ofClass, target, times }) => (
              <tr key={`${by} ${ofClass} ${target}`}>
                <th scope="row">{by === 'person' ? 'a person' : 'a client'}</th>
                <td>{ofClass === '' ? 'several' : plain(ofClass)}</td>
                <td>{target === '' ? 'several' : plain(target)}</td>
                <td class="number">{count(times)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}
