import type { ComponentChildren } from 'preact';
import { Nothing, Section } from '../../../panel/components/Section.tsx';
import { count, plain } from '../../../panel/figures.ts';
import { readTrouble } from '../../figures/trouble.ts';
import type { PageRequest } from '../usagePages.ts';

/** What did not go straight, by reason. */
export async function troublePage({ world, view }: PageRequest) {
  const { fallbacks, refusals, failures, overrides } = await readTrouble(world.source, view);
  return (
    <div class="sections">
      <Times
        id="failures"
        title="Failed calls, by reason"
        heads={['Reason', 'Model']}
        rows={failures.map(({ failure, target, times }) => ({ names: [failure, target], times }))}
        nothing="No failure that can be told."
      />
      <div>
        <Times
          id="fallbacks"
          title="Fallbacks"
          heads={['From', 'To']}
          rows={fallbacks.map(({ from, to, count: times }) => ({ names: [from, to], times }))}
          nothing="No fallback that can be told."
        />
        <Times
          id="refusals"
          title="Refusals, by rule"
          heads={['Rule', 'What became of it']}
          rows={refusals.map(({ rule, outcome, count: times }) => ({
            names: [rule, outcome === 'blocked' ? 'blocked' : 'nobody could serve it'],
            times,
          }))}
          nothing="No refusal that can be told."
        />
      </div>
      <Times
        id="overrides"
        title="Overrides"
        note="Calls of a model that somebody asked for instead of the policy’s own choice. What they gave as a reason stays on their machines."
        heads={['Asked for by', 'Class of work', 'Model']}
        rows={overrides.map(({ by, class: ofClass, target, times }) => ({
          names: [by === 'person' ? 'a person' : 'a client', ofClass, target],
          times,
        }))}
        nothing="No override that can be told."
        wide
      />
      <p class="told wide">
        {view.label !== undefined && 'Of all labels: labels are not known of these. '}
        Where a name is “several”, too few people met with each.
      </p>
    </div>
  );
}

interface TimesProps {
  readonly id: string;
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly heads: readonly string[];
  /** An empty name is one that is not told. */
  readonly rows: readonly { readonly names: readonly string[]; readonly times: number }[];
  readonly nothing: string;
  readonly wide?: boolean;
}

/** How often what happened. */
function Times({ id, title, note, heads, rows, nothing, wide = false }: TimesProps) {
  return (
    <Section id={id} title={title} note={note} wide={wide}>
      {rows.length === 0 ? (
        <Nothing>{nothing}</Nothing>
      ) : (
        <table class="plain">
          <caption class="hidden">{title}</caption>
          <thead>
            <tr>
              {heads.map((head) => (
                <th scope="col" key={head}>
                  {head}
                </th>
              ))}
              <th scope="col" class="number">
                Times
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ names: [first = '', ...others], times }) => (
              <tr key={JSON.stringify([first, ...others])}>
                <th scope="row">{told(first)}</th>
                {others.map((name, place) => (
                  <td key={heads[place + 1]}>{told(name)}</td>
                ))}
                <td class="number">{count(times)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function told(name: string): string {
  return name === '' ? 'several' : plain(name);
}
