import type { TargetedSubmitEvent } from 'preact';
import { useState } from 'preact/hooks';
import { rangeDays, readRange, type UsageRange } from '../../contract/usageRange.ts';

const MESSAGE_ID = 'range-message';

interface RangePickerProps {
  readonly range: UsageRange;
  /** What the dates of a range of one's own begin with, as `2026-11-22`. */
  readonly shown: { readonly from: string; readonly to: string };
  readonly onRange: (range: UsageRange) => void;
}

/** So many days up to now, or from one day to another. */
export function RangePicker({ range, shown, onRange }: RangePickerProps) {
  const [isCustom, setCustom] = useState(range.kind === 'custom');
  return (
    <div class="range">
      <fieldset class="choices">
        <legend class="hidden">Days shown</legend>
        {rangeDays.map((days) => (
          <Choice
            key={days}
            label={days === 1 ? 'Today' : `${days} days`}
            isChosen={!isCustom && range.kind === 'days' && range.days === days}
            onChoose={() => {
              setCustom(false);
              onRange({ kind: 'days', days });
            }}
          />
        ))}
        <Choice label="Custom" isChosen={isCustom} onChoose={() => setCustom(true)} />
      </fieldset>
      {isCustom && <CustomRange shown={range.kind === 'custom' ? range : shown} onRange={onRange} />}
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function Choice({ label, isChosen, onChoose }: ChoiceProps) {
  return (
    <label class={isChosen ? 'choice chosen' : 'choice'}>
      <input type="radio" name="days" checked={isChosen} onChange={onChoose} />
      <span>{label}</span>
    </label>
  );
}

function CustomRange({ shown, onRange }: Pick<RangePickerProps, 'shown' | 'onRange'>) {
  const [from, setFrom] = useState(shown.from);
  const [to, setTo] = useState(shown.to);
  const range = readRange({ kind: 'custom', from, to });
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (range !== undefined) onRange(range);
  };
  return (
    <form class="custom" onSubmit={submit}>
      <label>
        From <input type="date" value={from} required onInput={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <label>
        to{' '}
        <input
          type="date"
          value={to}
          required
          aria-describedby={MESSAGE_ID}
          aria-invalid={range === undefined}
          onInput={(event) => setTo(event.currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={range === undefined}>
        Show
      </button>
      <span id={MESSAGE_ID} class="invalid" role="status">
        {range === undefined ? 'The first day must not be after the last.' : ''}
      </span>
    </form>
  );
}
