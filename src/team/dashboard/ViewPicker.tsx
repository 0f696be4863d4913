import { plain } from '../../panel/figures.ts';
import { type TeamView, viewQuery, viewWeeks } from '../figures/teamView.ts';
import type { Team } from '../organisation.ts';

/** What there is to choose from. */
export interface ViewChoices {
  readonly teams: readonly Team[];
  readonly classes: readonly string[];
  /** `key:value`. */
  readonly labels: readonly string[];
}

interface ViewPickerProps {
  readonly path: string;
  readonly view: TeamView;
  readonly days: { readonly from: string; readonly to: string };
  /** undefined: the page is of the whole organisation whatever is chosen. */
  readonly choices: ViewChoices | undefined;
}

/** Which days, team, class and label are shown. Each choice is an address, which can be sent to others. */
export function ViewPicker({ path, view, days, choices }: ViewPickerProps) {
  const { team, class: ofClass, label } = view;
  const labelText = label === undefined ? '' : `${label.key}:${label.value}`;
  return (
    <search class="filters">
      <nav class="choices" aria-label="Weeks shown">
        {viewWeeks.map((weeks) => (
          <a
            key={weeks}
            href={`${path}${viewQuery({ ...view, days: { kind: 'weeks', weeks } })}`}
            aria-current={view.days.kind === 'weeks' && view.days.weeks === weeks ? 'true' : undefined}
          >
            {weeks === 1 ? 'This week' : `${weeks} weeks`}
          </a>
        ))}
      </nav>
      {choices !== undefined && (
        <form method="get" action={path}>
          {view.days.kind === 'weeks' && <input type="hidden" name="weeks" value={view.days.weeks} />}
          <Choice name="team" label="Team" all="All teams" chosen={team === undefined ? '' : String(team)}>
            {choices.teams.map(({ id, name }) => [String(id), name])}
          </Choice>
          <Choice name="class" label="Class of work" all="All classes" chosen={ofClass ?? ''}>
            {choices.classes.map((one) => [one, one])}
          </Choice>
          {(choices.labels.length > 0 || labelText !== '') && (
            <Choice name="label" label="Label" all="All labels" chosen={labelText}>
              {choices.labels.map((one) => [one, one.replace(':', ': ')])}
            </Choice>
          )}
          <label>
            From
            <input type="date" name="from" value={view.days.kind === 'custom' ? days.from : ''} />
          </label>
          <label>
            to
            <input type="date" name="to" value={view.days.kind === 'custom' ? days.to : ''} />
          </label>
          <button type="submit">Show</button>
        </form>
      )}
    </search>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  /** What stands for no choice. */
  readonly all: string;
  readonly chosen: string;
  /** Values and what they are called. */
  readonly children: readonly (readonly [string, string])[];
}

function Choice({ name, label, all, chosen, children }: ChoiceProps) {
  // What was asked for stands there even if it is not among what there is.
  const isKnown = chosen === '' || children.some(([value]) => value === chosen);
  return (
    <label>
      {label}
      <select name={name}>
        <option value="">{all}</option>
        {[...children, ...(isKnown ? [] : [[chosen, chosen] as const])].map(([value, text]) => (
          <option key={value} value={value} selected={value === chosen}>
            {plain(text)}
          </option>
        ))}
      </select>
    </label>
  );
}
