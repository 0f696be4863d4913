/** A prompt as keywords see it. */
export interface Words {
  /** Whether one of these keywords stands in the text as a whole: "move" is not in "remove" or "movement". */
  hasSome(keywords: readonly string[]): boolean;
}

/** Letters and digits that make up a word; scripts that write without spaces have no word boundaries to ask for. */
const WORD = /[\p{L}\p{N}_]/u;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && WORD.test(character) && !UNSPACED.test(character);
}

/** @param text normalised, as the keywords are */
export function wordsOf(text: string): Words {
  /** Where the run of word characters ends in which a character stands; 0 is not known yet. */
  let ends: Int32Array | undefined;
  const endOfRun = (at: number): number => {
    ends ??= new Int32Array(text.length);
    let end = at;
    while (ends[end] === 0 && isWordCharacter(text[end])) end += 1;
    const known = ends[end];
    if (known !== undefined && known !== 0) end = known;
    ends.fill(end, at, end);
    return end;
  };
  const has = (word: string): boolean => {
    if (word === '') return false;
    const opensWord = isWordCharacter(word[0]);
    const endsWord = isWordCharacter(word.at(-1));
    let at = text.indexOf(word);
    while (at !== -1) {
      const runsOnBefore = opensWord && isWordCharacter(text[at - 1]);
      const runsOnAfter = endsWord && isWordCharacter(text[at + word.length]);
      if (!runsOnBefore && !runsOnAfter) return true;
      // Every further place in this run has a word character before it too: a hostile prompt is one long run.
      at = text.indexOf(word, opensWord ? endOfRun(at) : at + 1);
    }
    return false;
  };
  return { hasSome: (keywords) => keywords.some(has) };
}
