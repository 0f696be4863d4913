import { Scroller } from '../../../panel/components/Scroller.tsx';
import { Nothing, Section } from '../../../panel/components/Section.tsx';
import { TrialsSection } from '../../../panel/components/TrialsSection.tsx';
import { count, percentRange, plain, shortDay, usdRange } from '../../../panel/figures.ts';
import { workNames } from '../../../panel/heatCell.ts';
import { trialsOf } from '../../../usage/report/heatTable.ts';
import type { HeatCell } from '../../../usage/report/usageReport.ts';
import { type BeforeAfter, beforeAfter, type PolicySeen, readPolicies } from '../../figures/beforeAfter.ts';
import { readTaskParts, readTrialCells } from '../../figures/taskFigures.ts';
import { viewQuery } from '../../figures/teamView.ts';
import type { PageRequest } from '../usagePages.ts';

/** What a change of the policy did, with its hash as the marker; and the arms of trials. */
export async function policyPage({ world, view, parameters }: PageRequest) {
  const { source } = world;
  const [policies, byPolicy, inTrials] = await Promise.all([
    readPolicies(source, view),
    readTaskParts(source, view, 'policy'),
    readTrialCells(source, view),
  ]);
  const after = policies.find(({ policy }) => policy === parameters.get('policy')) ?? policies[0];
  const before = policies.find(
    ({ policy, from }) => after !== undefined && policy !== after.policy && from <= after.from,
  );
  const query = viewQuery(view);
  return (
    <div class="sections">
      <Section
        id="policies"
        title="Policies that were in force"
        note="By the name that a team’s installations give to a policy: the same for all of a team, and another for each team."
        wide
      >
        {policies.length === 0 ? (
          <Nothing>No policy that can be told in these weeks.</Nothing>
        ) : (
          <Policies
            policies={policies}
            chosen={after}
            linkOf={(policy) =>
              `/usage/policy${query}${query === '' ? '?' : '&'}policy=${encodeURIComponent(policy)}#before-after`
            }
          />
        )}
      </Section>
      <Section id="before-after" title="Before and after" note={markerWords(before, after)} wide>
        {before === undefined || after === undefined ? (
          <Nothing>
            {view.team === undefined && world.teams.length > 1
              ? 'Choose a team: each names its policies differently. Then two policies that followed each other are compared here.'
              : 'One policy was in force all the time: there is no change to look at. Choose more weeks.'}
          </Nothing>
        ) : (
          <Compared rows={beforeAfter(byPolicy.get(before.policy) ?? [], byPolicy.get(after.policy) ?? [])} />
        )}
      </Section>
      <TrialsSection trials={trialsOf(inTrials, () => [])} />
    </div>
  );
}

function markerWords(before: PolicySeen | undefined, after: PolicySeen | undefined): string {
  if (before === undefined || after === undefined) return 'All models together.';
  return `${before.policy} (${daysWords(before)}) and ${after.policy} (${daysWords(after)}), all models together. What differs may have other reasons than the policy: the work may have been other work.`;
}

function daysWords({ from, to }: PolicySeen): string {
  return from === to ? shortDay(from) : `${shortDay(from)} to ${shortDay(to)}`;
}

interface PoliciesProps {
  readonly policies: readonly PolicySeen[];
  readonly chosen: PolicySeen | undefined;
  readonly linkOf: (policy: string) => string;
}

function Policies({ policies, chosen, linkOf }: PoliciesProps) {
  return (
    <Scroller label="Policies that were in force">
      <table class="plain">
        <caption class="hidden">Policies that were in force, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">Policy</th>
            <th scope="col">First seen</th>
            <th scope="col">Last seen</th>
            <th scope="col" class="number">
              Tasks
            </th>
          </tr>
        </thead>
        <tbody>
          {policies.map(({ policy, from, to, tasks }) => (
            <tr key={policy}>
              <th scope="row">
                <a href={linkOf(policy)} aria-current={chosen?.policy === policy ? 'true' : undefined}>
                  <code>{plain(policy)}</code>
                </a>
              </th>
              <td>{shortDay(from)}</td>
              <td>{shortDay(to)}</td>
              <td class="number">{count(tasks)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function Compared({ rows }: { readonly rows: readonly BeforeAfter[] }) {
  return (
    <Scroller label="Before and after">
      <table class="plain">
        <caption class="hidden">Each class before the change of the policy and since</caption>
        <thead>
          <tr>
            <th scope="col">Class of work</th>
            <th scope="col">A successful task: before</th>
            <th scope="col">after</th>
            <th scope="col">Pass rate: before</th>
            <th scope="col">after</th>
            <th scope="col">What can be said</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.class} ${row.work}`}>
              <th scope="row">
                {plain(row.class)} <span class="scope">{workNames[row.work]}</span>
              </th>
              <td>
                <Cost cell={row.before} />
              </td>
              <td>
                <Cost cell={row.after} />
              </td>
              <td>
                <Rate cell={row.before} />
              </td>
              <td>
                <Rate cell={row.after} />
              </td>
              <td>{verdictWords(row)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function Cost({ cell }: { readonly cell: HeatCell | undefined }) {
  if (cell?.costPerSuccessNanoUsd === undefined) return <>–</>;
  return (
    <>
      {usdRange(cell.costPerSuccessNanoUsd)}
      {cell.costInterval && <div class="chance">by chance {usdRange(cell.costInterval)}</div>}
    </>
  );
}

function Rate({ cell }: { readonly cell: HeatCell | undefined }) {
  if (cell?.passRate === undefined) return <>–</>;
  return (
    <>
      {percentRange(cell.passRate)} <span class="scope">n {count(cell.judged)}</span>
      {cell.passInterval && <div class="chance">by chance {percentRange(cell.passInterval)}</div>}
    </>
  );
}

function verdictWords({ before, after, mayBeChance }: BeforeAfter): string {
  if (before === undefined || after === undefined) return 'one of the two had no such work that can be told';
  const said = [
    ...(mayBeChance.cost === undefined ? [] : [mayBeChance.cost ? 'the cost may differ by chance' : 'another cost']),
    ...(mayBeChance.passRate === undefined
      ? []
      : [mayBeChance.passRate ? 'the pass rate may differ by chance' : 'another pass rate']),
  ];
  return said.length === 0 ? 'too few tasks to say' : said.join('; ');
}
