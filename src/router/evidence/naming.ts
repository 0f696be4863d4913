import type { Mention, MentionRole } from './mention.ts';
import { isPathLike } from './pathWords.ts';

/** After so many characters and files, the rest of a text is taken for something pasted, whose paths mean nothing. */
const mostCharacters = 20_000;
const mostNamed = 50;

const forbids =
  /\b(?:not|never|without|avoid|ignore|skip|except|instead of|rather than|don['’]?t|mustn['’]?t|shouldn['’]?t)\b/i;
const asksForChange =
  /\b(?:add|adapt|adjust|append|apply|change|clean|complete|convert|copy|correct|create|delete|document|edit|extend|extract|finish|fix|format|implement|improve|insert|make|migrate|modify|move|port|put|refactor|remove|rename|replace|reword|rewrite|set|simplify|split|test|tidy|translate|update|upgrade|write)\b/i;

/** What comes of a file that is only spoken of: `that loads .env`, `support for reading .env`, `like .env`. */
const spokenOfBefore =
  /\b(?:(?:that|which|who|it|and|to|for)\s+)?(?:loads?|loading|reads?|reading|uses?|using|parses?|parsing|supports?|ignor(?:es?|ing)|format does|like|called|from)\s+(?:the\s+|an?\s+)?$/i;
/** What is brought somewhere else by its name: `Add .env to .gitignore`. */
const broughtBefore = /\b(?:add|append|put|insert|include|list)\s+(?:the\s+(?:file\s+)?|an?\s+)?[`"'(]*$/i;
const broughtAfter = /^[`"')]*\s+(?:to|in|into)\s/i;

/**
 * The files that a person names in the request, by the clause they stand in. In one that asks for a change, a file is
 * meant to be worked on, as if it were attached. In any other (a question, say) it is work for preferences, but since its
 * text does not go out by being named, no constraint counts it: what reads it says so. After a "not" it is neither. The
 * caller keeps those that exist.
 */
export function* namedFiles(words: string): Generator<Mention> {
  let count = 0;
  for (const clause of words.slice(0, mostCharacters).split(/[.!?;]+(?=\s|$)|\n|\bbut\b/)) {
    const stop = clause.search(forbids);
    const role: MentionRole = asksForChange.test(clause) ? 'named' : 'mentioned';
    let at = 0;
    for (const word of clause.split(/([\s"'`,;:!?<>]+)/)) {
      at += word.length;
      const path = word.replace(/^#(?:file:)?|[.)]+$/g, '');
      if (path.length > 300 || !isPathLike(path) || (stop >= 0 && at > stop)) continue;
      if (count++ >= mostNamed) return;
      const from = at - word.length;
      const named =
        isMarked(clause, from) || (role === 'named' && !isSpokenOf(clause, from, at)) ? 'named' : 'mentioned';
      yield { path, role: named, proof: 'place', reach: 'listed' };
    }
  }
}

/** Whether a clause that asks for a change means another file than the one between these places. */
function isSpokenOf(clause: string, from: number, to: number): boolean {
  const before = clause.slice(Math.max(0, from - 60), from);
  return spokenOfBefore.test(before) || (broughtBefore.test(before) && broughtAfter.test(clause.slice(to, to + 20)));
}

/** A file is meant as an attachment after `#file:`, which the split leaves before it. */
function isMarked(clause: string, at: number): boolean {
  return clause.slice(Math.max(0, at - 6), at + 1).includes('#');
}
