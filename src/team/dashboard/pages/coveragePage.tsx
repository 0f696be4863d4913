import { Scroller } from '../../../panel/components/Scroller.tsx';
import { Nothing, Section } from '../../../panel/components/Section.tsx';
import { amount, counted, percent, plain, shortDay, usd } from '../../../panel/figures.ts';
import { routedByMonth } from '../../figures/routedByMonth.ts';
import { type CoverageRow, coverage, SILENT_DAYS, type SilentInstalls } from '../../imports/coverage.ts';
import type { PageRequest } from '../usagePages.ts';

/** What was billed elsewhere beside what went by the policy, and installations that have gone silent. */
export async function coveragePage({ services, world, days }: PageRequest) {
  const { source } = world;
  const { from, until } = wholeMonths(days);
  const [told, routed] = await Promise.all([
    coverage({ ...services, published: source.published }, source.orgId, { from, until }, source.leastPersons),
    routedByMonth(source, { from, to: until }),
  ]);
  const rows = [...told.rows, ...withoutBill(told.rows, [...routed.keys()])].map((row): ShownRow => {
    const nanoUsd = routed.get(`${row.month} ${row.provider}`) ?? 0;
    const billed = row.billedNanoUsd;
    return {
      ...row,
      routedNanoUsd: nanoUsd,
      ...(billed !== undefined && billed > 0 && { covered: Math.min(1, nanoUsd / billed) }),
    };
  });
  const billed = rows.filter(({ covered }) => covered !== undefined);
  const total = billed.reduce((sum, { billedNanoUsd = 0 }) => sum + billedNanoUsd, 0);
  const under = billed.reduce((sum, { billedNanoUsd = 0, covered = 0 }) => sum + billedNanoUsd * covered, 0);
  return (
    <div class="sections">
      <Section
        id="coverage"
        title={total > 0 ? `Billed ${usd(total)} · ${percent(under / total)} under policy` : 'Billed and under policy'}
        note="Whole months of the whole organisation, by provider. What went by the policy is at list price, as far as it can be told; bills are as they were imported."
        wide
      >
        {rows.length === 0 ? (
          <Nothing>
            No bill was imported and no other tool has reported. An admin imports an export of GitHub, Anthropic or
            OpenAI, or a FOCUS file; other tools report by OpenTelemetry.
          </Nothing>
        ) : (
          <Rows rows={rows} />
        )}
      </Section>
      <Section id="silent" title="Installations that have gone silent" wide>
        <p>{silentWords(told.silent, source.leastPersons)}</p>
      </Section>
      {told.imports.length > 0 && (
        <Section id="imports" title="Imports">
          <ul>
            {told.imports.map(({ source: from, at, until: last }) => (
              <li key={from}>
                {plain(from)}: last on {shortDay(new Date(at).toISOString().slice(0, 10))}
                {last !== '' && `, with days up to ${shortDay(last)}`}
              </li>
            ))}
          </ul>
        </Section>
      )}
    </div>
  );
}

/** Providers of which there is no bill, nor a word of other tools. */
function withoutBill(rows: readonly CoverageRow[], places: readonly string[]): readonly CoverageRow[] {
  return places
    .filter((place) => rows.every(({ month, provider }) => `${month} ${provider}` !== place))
    .toSorted()
    .map((place) => ({
      month: place.slice(0, place.indexOf(' ')),
      provider: place.slice(place.indexOf(' ') + 1),
      billedTokens: 0,
      reported: { nanoUsd: 0, tokens: 0 },
    }));
}

interface ShownRow extends CoverageRow {
  readonly routedNanoUsd: number;
  /** From 0 to 1. */
  readonly covered?: number;
}

function Rows({ rows }: { readonly rows: readonly ShownRow[] }) {
  return (
    <Scroller label="Billed and under policy">
      <table class="plain">
        <caption class="hidden">Billed and under policy, by month and provider</caption>
        <thead>
          <tr>
            <th scope="col">Month</th>
            <th scope="col">Provider</th>
            <th scope="col" class="number">
              Billed
            </th>
            <th scope="col" class="number">
              Went by the policy
            </th>
            <th scope="col" class="number">
              Of the bill
            </th>
            <th scope="col" class="number">
              Reported by other tools
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ month, provider, billedNanoUsd, billedTokens, routedNanoUsd, covered, reported }) => (
            <tr key={`${month} ${provider}`}>
              <th scope="row">{plain(month)}</th>
              <td>{plain(provider)}</td>
              <td class="number">{billedWords(billedNanoUsd, billedTokens)}</td>
              <td class="number">{usd(routedNanoUsd)}</td>
              <td class="number">{covered === undefined ? '–' : percent(covered)}</td>
              <td class="number">
                {reported.tokens === 0 ? '–' : `${usd(reported.nanoUsd)}, ${amount(reported.tokens)} tokens`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function billedWords(nanoUsd: number | undefined, tokens: number): string {
  if (nanoUsd !== undefined) return usd(nanoUsd);
  return tokens > 0 ? `${amount(tokens)} tokens, no cost told` : 'no bill imported';
}

function silentWords(silent: SilentInstalls, leastPersons: number): string {
  switch (silent.kind) {
    case 'known':
      if (leastPersons > 1) {
        const told = `as of the last day that is decided, in steps of ${leastPersons}`;
        return silent.silent === 0
          ? `All installations that reported in these four weeks, ${silent.seen} or more, did so in the last ${SILENT_DAYS} days (${told}).`
          : `${silent.silent} or more installations, of ${silent.seen} or more that reported in these four weeks, have sent nothing since ${shortDay(silent.since)} (${told}).`;
      }
      return silent.silent === 0
        ? `All ${counted(silent.seen, 'installation')} that reported in these four weeks did so in the last ${SILENT_DAYS} days.`
        : `${silent.silent} of ${counted(silent.seen, 'installation')} that reported in these four weeks have sent nothing since ${shortDay(silent.since)}.`;
    case 'withheld':
      return `Fewer than ${leastPersons} installations are silent, or are not: which of the two is not told, so that nobody is known by it.`;
    case 'too-early':
      return `The four weeks in which installations keep their names have just begun: who is silent can be told after ${SILENT_DAYS} days.`;
    default:
      return silent satisfies never;
  }
}

/** Bills are of months, and a range that anyone may move by a day would tell days. */
function wholeMonths({ from, to }: { readonly from: string; readonly to: string }) {
  const end = new Date(`${to.slice(0, 7)}-01T00:00:00Z`);
  end.setUTCMonth(end.getUTCMonth() + 1, 0);
  return { from: `${from.slice(0, 7)}-01`, until: end.toISOString().slice(0, 10) };
}
