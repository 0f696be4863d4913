import type { FigureSource } from './atomSource.ts';

/** So many answers are kept; of a large organisation one takes a megabyte. */
const MOST = 40;

const known = new WeakMap<FigureSource['database'], Map<string, Promise<unknown>>>();

/**
 * What was read, again, for as long as nothing more was published: figures do not change between two decisions, however often
 * they are looked at. What is shown as it comes in is read each time.
 *
 * @param question all that the answer depends on beside what was published
 */
export function remembered<Answer>(
  { database, orgId, leastPersons, published }: FigureSource,
  question: readonly unknown[],
  read: () => Promise<Answer>,
): Promise<Answer> {
  if (published === undefined) return read();
  const answers = known.get(database) ?? new Map<string, Promise<unknown>>();
  known.set(database, answers);
  const key = JSON.stringify([orgId, leastPersons, published, ...question]);
  const found = answers.get(key);
  if (found !== undefined) {
    // The one that was asked for last is forgotten last.
    answers.delete(key);
    answers.set(key, found);
    // The key names the question, so what was answered to it is what this one asks for.
    return found as Promise<Answer>;
  }
  const answer = read();
  answers.set(key, answer);
  answer.catch(() => answers.delete(key)); // whoever asked is told; the next one asks anew
  const [oldest] = answers.keys();
  if (answers.size > MOST && oldest !== undefined) answers.delete(oldest);
  return answer;
}
