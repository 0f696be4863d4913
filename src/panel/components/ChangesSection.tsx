import { percentRange, plain, usd, usdRange } from '../figures.ts';
import { workNames } from '../heatCell.ts';
import { type PolicyChange, type PolicyChanges, policyLine } from '../policyChanges.ts';
import { Nothing, Section } from './Section.tsx';

interface ChangesSectionProps {
  readonly id: string;
  readonly changes: PolicyChanges;
  readonly hasPolicy: boolean;
  /** Shows the line of a class in the policy; left out where there is no editor. */
  readonly onOpenPolicy?: ((ofClass: string) => void) | undefined;
}

/** Where the figures and the policy differ: a sentence each, with the line that would be edited. */
export function ChangesSection({
  id,
  changes: { changes, agreeing, undecided, withoutFloor },
  hasPolicy,
  onOpenPolicy,
}: ChangesSectionProps) {
  return (
    <Section id={id} title="What the figures would change in the policy" wide>
      {!hasPolicy && <Nothing>There is no policy here to compare the figures with.</Nothing>}
      {changes.length > 0 && (
        <ul class="changes">
          {changes.map((change) => (
            <li key={`${change.row.class} ${change.row.work}`}>
              <Sentence change={change} />
              <Line ofClass={change.row.class} isReview={change.kind === 'senior-review'} onOpenPolicy={onOpenPolicy} />
            </li>
          ))}
        </ul>
      )}
      {hasPolicy && <p class="note">{restWords(changes.length, { agreeing, undecided, withoutFloor })}</p>}
    </Section>
  );
}

function Sentence({ change }: { readonly change: PolicyChange }) {
  const { row } = change;
  const work = (
    <>
      <strong>{plain(row.class)}</strong> ({workNames[row.work]})
    </>
  );
  if (change.kind === 'senior-review') {
    return (
      <p>
        {work}: no model that was tried reaches the floor with enough tasks. Ask for a senior review of this class, or
        give it to a person.
      </p>
    );
  }
  const { from, to, before, after, savesNanoUsd: saves, mayBeChance } = change;
  return (
    <p>
      {work}: <Model target={to} /> costs {after.costPerSuccessNanoUsd ? usdRange(after.costPerSuccessNanoUsd) : '–'} a
      successful task and passes {after.passRate ? percentRange(after.passRate) : '–'}; the policy's{' '}
      <Model target={from} /> {before === undefined ? 'had no task in these days' : beforeWords(before)}.{' '}
      {saves !== undefined && <strong>{savingWords(saves)}</strong>} {mayBeChance && 'The difference may be chance.'}
    </p>
  );
}

function beforeWords(before: NonNullable<Extract<PolicyChange, { kind: 'route' }>['before']>): string {
  const { costPerSuccessNanoUsd: cost, passRate, belowFloor, confidence } = before;
  const rate = passRate === undefined ? '' : ` and passes ${percentRange(passRate)}`;
  const floor = belowFloor === true ? ', below the floor' : '';
  const few = confidence === 'few' ? ', of too few tasks' : '';
  return `${cost === undefined ? 'had no success' : `costs ${usdRange(cost)}`}${rate}${floor}${few}`;
}

/** An estimate: the same successes at the other model's cost of one. */
function savingWords({ low, high }: { readonly low: number; readonly high: number }): string {
  if (high <= 0) return `About ${low === high ? usd(-low) : `${usd(-high)}–${usd(-low)}`} more for the same work.`;
  if (low <= 0) return `Up to ${usd(high)} less for the same work.`;
  return `About ${usdRange({ low, high })} less for the same work.`;
}

function Model({ target }: { readonly target: string }) {
  return <code>{plain(target)}</code>;
}

interface LineProps {
  readonly ofClass: string;
  readonly isReview: boolean;
  readonly onOpenPolicy: ((ofClass: string) => void) | undefined;
}

function Line({ ofClass, isReview, onOpenPolicy }: LineProps) {
  const { path, layer } = policyLine(plain(ofClass));
  const words = isReview ? 'The class is routed by' : 'The line to edit is';
  return (
    <p class="line">
      {words} <code>{path}</code>
      {layer === undefined ? '. ' : `, in the layer "${layer}", which this repository cannot change.`}
      {layer === undefined && onOpenPolicy !== undefined && (
        <button type="button" class="link" onClick={() => onOpenPolicy(ofClass)}>
          Open it<span class="hidden"> for {plain(ofClass)}</span>
        </button>
      )}
    </p>
  );
}

type Rest = Pick<PolicyChanges, 'agreeing' | 'undecided' | 'withoutFloor'>;

/** What there is to say of the rows that nothing speaks against. */
function restWords(changes: number, { agreeing, undecided, withoutFloor }: Rest): string {
  const rows = (many: number): string => `${many} ${many === 1 ? 'row' : 'rows'}`;
  const sentences = [
    ...(agreeing === 0 ? [] : [`In ${rows(agreeing)} the policy's choice is the best one by these figures.`]),
    ...(undecided === 0 ? [] : [`In ${rows(undecided)} too few tasks are judged, or too many unknown, to say.`]),
    ...(withoutFloor === 0
      ? []
      : [
          `In ${rows(withoutFloor)} the policy names no pass floor ("passFloor" of the route), so none can be called the best.`,
        ]),
  ];
  if (sentences.length === 0 && changes === 0)
    return 'No class of work that the policy routes has been seen in these days.';
  return sentences.join(' ');
}
