/** Of a value in a line for people; `--json` has no more. */
export const MOST_VALUE_CHARACTERS = 120;

/** One difference in meaning between two policies. */
export interface Change {
  readonly kind:
    | 'mode'
    | 'class'
    | 'route'
    | 'moved'
    | 'constraint'
    | 'blocked'
    | 'admitted'
    | 'budget'
    | 'gate'
    | 'review'
    | 'override'
    | 'setting';
  /** A class, a rule, a gate; what it is about. */
  readonly id: string;
  /** What is different, as the rest of a sentence that begins with the id. */
  readonly words: string;
  /** It forbids less than before, or may. */
  readonly looser: boolean;
  /** Whether it does cannot be judged from what is written; left out where it can. */
  readonly perhaps?: true;
  /** How many files or made-up requests it was seen on; left out for what is written and not seen. */
  readonly count?: number;
  readonly examples?: readonly string[];
}

/** A part of a policy in a line for people. */
export function valueWords(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > MOST_VALUE_CHARACTERS ? `${json.slice(0, MOST_VALUE_CHARACTERS)}…` : json;
}
