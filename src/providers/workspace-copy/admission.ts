/** Longer texts are data or generated, whatever they are called. UTF-16 units. */
const LONGEST_TEXT = 400_000;
/** Mean line length beyond which a text was not written by hand. */
const LONGEST_MEAN_LINE = 160;
const SHORTEST_MINIFIED = 4_000;
const HEAD = 1_000;

const GENERATED_PATH =
  /(^|\/)(node_modules|vendor|third_party|dist|\.git)\/|(^|\/)([^/]*[.-]lock(\.json|\.ya?ml)?|go\.sum|[^/]*\.(min\.(js|css|mjs)|map|snap|svg|lock|pb\.go|ipynb))$/;
const GENERATED_HEAD = /@generated\b|code generated\b.*\bdo not edit|auto-?generated\b.*\bdo not (edit|modify)/i;

export type Refusal = 'large' | 'binary' | 'generated' | 'minified';

/** Why a file is not worth copying from; undefined when it is. */
export function refusalOf(path: string, text: string): Refusal | undefined {
  if (text.length > LONGEST_TEXT) return 'large';
  if (GENERATED_PATH.test(path)) return 'generated';
  const head = text.slice(0, HEAD);
  if (head.includes('\0')) return 'binary';
  if (GENERATED_HEAD.test(head)) return 'generated';
  if (text.length > SHORTEST_MINIFIED && text.length > LONGEST_MEAN_LINE * lineCount(text)) return 'minified';
  return undefined;
}

function lineCount(text: string): number {
  let count = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
