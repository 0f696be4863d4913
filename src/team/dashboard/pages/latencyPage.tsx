import { Scroller } from '../../../panel/components/Scroller.tsx';
import { Nothing, Section } from '../../../panel/components/Section.tsx';
import { plain } from '../../../panel/figures.ts';
import { workNames } from '../../../panel/heatCell.ts';
import { type LatencyRow, type Quantiles, quantileNames, readLatency } from '../../figures/latencyFigures.ts';
import { RELATIVE_ERROR } from '../../usage/latency.ts';
import type { PageRequest } from '../usagePages.ts';

/** How long calls took: until the first token, and until the answer was whole. */
export async function latencyPage({ world, view }: PageRequest) {
  const { source } = world;
  const [byProvider, byModel, byClass] = await Promise.all([
    readLatency(source, view, ['provider']),
    readLatency(source, view, ['target']),
    readLatency(source, view, ['class', 'work', 'target']),
  ]);
  return (
    <div class="sections">
      <Latencies
        id="providers"
        title="By provider"
        head="Provider"
        rows={byProvider}
        namesOf={(row) => [several(row.provider)]}
      />
      <Latencies id="models" title="By model" head="Model" rows={byModel} namesOf={(row) => [modelOf(row)]} />
      <Latencies
        id="classes"
        title="By class of work and model"
        head="Class of work, and model"
        rows={byClass}
        namesOf={(row) => [classOf(row), modelOf(row)]}
      />
      <p class="told wide">
        Half of the calls took p50 or less, 95 of 100 p95, 99 of 100 p99. Each is the middle of a bucket: within{' '}
        {ERROR_WORDS} of what was measured.
        {source.leastPersons > 1 &&
          ` Where fewer than ${source.leastPersons} people had calls as short or as long, these are told together, so that the ends are drawn towards the middle.`}
        {view.label !== undefined && ' Of all labels: labels are not known of calls.'}
      </p>
    </div>
  );
}

/** `4.5%`: rounded up. */
const ERROR_WORDS = `${Math.ceil(RELATIVE_ERROR * 1_000) / 10}%`;
const NOT_TOLD = 'several';
const several = (name: string | undefined): string => (name === undefined || name === '' ? NOT_TOLD : plain(name));
const modelOf = ({ target }: LatencyRow): string => several(target);

function classOf({ class: ofClass, work = '' }: LatencyRow): string {
  return work === '' ? several(ofClass) : `${several(ofClass)}, ${workNames[work]}`;
}

interface LatenciesProps {
  readonly id: string;
  readonly title: string;
  readonly head: string;
  readonly rows: readonly LatencyRow[];
  /** What a row is called, and what stands below that. */
  readonly namesOf: (row: LatencyRow) => readonly [string, string?];
}

function Latencies({ id, title, head, rows, namesOf }: LatenciesProps) {
  const isUntold = (row: LatencyRow): number => Number(namesOf(row).includes(NOT_TOLD));
  const shown = rows
    .filter(({ latency }) => latency !== undefined)
    .toSorted((one, other) => isUntold(one) - isUntold(other));
  return (
    <Section id={id} title={title} wide>
      {shown.length === 0 ? (
        <Nothing>No call here that can be told.</Nothing>
      ) : (
        <Scroller label={`How long calls took, ${title.toLowerCase()}`}>
          <table class="plain">
            <caption class="hidden">How long calls took, {title.toLowerCase()}</caption>
            <thead>
              <tr>
                <th scope="col" rowspan={2}>
                  {head}
                </th>
                <th scope="colgroup" colspan={quantileNames.length}>
                  First token
                </th>
                <th scope="colgroup" colspan={quantileNames.length}>
                  Whole answer
                </th>
              </tr>
              <tr>
                {['first', 'whole'].flatMap((of) =>
                  quantileNames.map((name) => (
                    <th key={`${of} ${name}`} scope="col" class="number">
                      {name}
                    </th>
                  )),
                )}
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => {
                const [name, below] = namesOf(row);
                return (
                  <tr key={`${name} ${below}`}>
                    <th scope="row">
                      {name}
                      {below !== undefined && <div class="chance">{below}</div>}
                    </th>
                    <Times of={row.firstToken} />
                    <Times of={row.latency} />
                  </tr>
                );
              })}
            </tbody>
          </table>
        </Scroller>
      )}
    </Section>
  );
}

function Times({ of }: { readonly of: Quantiles | undefined }) {
  return (
    <>
      {quantileNames.map((name) => (
        <td key={name} class="number">
          {of === undefined ? '–' : seconds(of[name])}
        </td>
      ))}
    </>
  );
}

/** `340 ms`, `2.1 s`, `48 s`: two digits, as exact as it is. */
function seconds(ms: number): string {
  if (ms < 995) return `${Number(ms.toPrecision(2))} ms`;
  return ms < 9_950 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 1_000)} s`;
}
