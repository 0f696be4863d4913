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
    | 'override';
  /** A class, a rule, a gate; what it is about. */
  readonly id: string;
  /** What is different, as the rest of a sentence that begins with the id. */
  readonly words: string;
  /** It forbids less than before. */
  readonly looser: boolean;
  /** How many files or made-up requests it was seen on; left out for what is written and not seen. */
  readonly count?: number;
  readonly examples?: readonly string[];
}
